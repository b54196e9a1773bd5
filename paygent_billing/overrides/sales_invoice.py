import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from paygent_billing.services.billing.claim import void_period
from paygent_billing.services.billing.grace_draft import refuse_draft_by_hand
from paygent_billing.services.invoices.payment import refuse_void_of_paid
from paygent_billing.services.wallets.settle import settle_invoice, undo_invoice


def validate(invoice: Document, method: str | None = None) -> None:
	"""Only the billing issues invoices of an order: none is made by hand, and no void one is amended."""
	if invoice.flags.from_billing:
		return
	refuse_draft_by_hand(invoice)
	source = invoice.amended_from and frappe.db.get_value(
		"Sales Invoice", invoice.amended_from, "billing_order"
	)
	order = invoice.billing_order or source
	if order:
		frappe.throw(
			_("Only the billing issues invoices of {0}. Make an invoice of your own without it.").format(
				order
			)
		)


def before_cancel(invoice: Document, method: str | None = None) -> None:
	"""An invoice of an order that is paid, at least in part, stays."""
	if invoice.billing_order:
		refuse_void_of_paid(invoice)


def on_change(invoice: Document, method: str | None = None) -> None:
	"""Whatever settles an invoice of an order, or opens it again, moves the credits that it granted."""
	if invoice.billing_order and invoice.docstatus == 1:
		settle_invoice(invoice.name)


def on_cancel(invoice: Document, method: str | None = None) -> None:
	"""A cancelled invoice of an order is void: its period says so, and its credits go back."""
	if invoice.billing_order:
		void_period(invoice.name)
		undo_invoice(invoice.name, on=getdate(nowdate()))


def on_trash(invoice: Document, method: str | None = None) -> None:
	"""An invoice that was issued for an order is never deleted."""
	refuse_draft_by_hand(invoice)
	if invoice.billing_order and invoice.docstatus:
		frappe.throw(
			_("{0} was issued for {1} and is never deleted.").format(invoice.name, invoice.billing_order)
		)
