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
	if invoice.billing_origin and not order:
		frappe.throw(
			_("Only the billing makes an invoice with the origin {0}. Leave the origin empty.").format(
				invoice.billing_origin
			)
		)
	if order:
		frappe.throw(
			_("Only the billing issues invoices of {0}. Make an invoice of your own without it.").format(
				order
			)
		)


def before_cancel(invoice: Document, method: str | None = None) -> None:
	"""An invoice of the billing that is paid, at least in part, stays; and so does a refund."""
	if invoice.refund_of:
		frappe.throw(_("{0} refunds {1} and stays.").format(invoice.name, invoice.refund_of))
	if invoice.billing_origin:
		refuse_void_of_paid(invoice)


def on_change(invoice: Document, method: str | None = None) -> None:
	"""Whatever settles an invoice of the billing, or opens it again, moves the credits that came with it."""
	if invoice.billing_origin and invoice.docstatus == 1:
		settle_invoice(invoice.name)


def on_cancel(invoice: Document, method: str | None = None) -> None:
	"""A cancelled invoice of the billing is void: its period says so, and its credits go back."""
	if invoice.billing_origin:
		void_period(invoice.name)
		undo_invoice(invoice.name, on=getdate(nowdate()))


def on_trash(invoice: Document, method: str | None = None) -> None:
	"""An invoice that the billing has issued is never deleted."""
	refuse_draft_by_hand(invoice)
	if invoice.billing_origin and invoice.docstatus:
		frappe.throw(
			_("{0} was issued for {1} and is never deleted.").format(
				invoice.name, invoice.billing_order or invoice.customer
			)
		)
