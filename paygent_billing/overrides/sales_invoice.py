import frappe
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from paygent_billing.services.billing.claim import void_period
from paygent_billing.services.wallets.settle import undo_invoice


def on_cancel(invoice: Document, method: str | None = None) -> None:
	"""A cancelled invoice of an order is void: its period says so, and its credits go back."""
	if invoice.billing_order:
		void_period(invoice.name)
		undo_invoice(invoice.name, on=getdate(nowdate()))


def on_trash(invoice: Document, method: str | None = None) -> None:
	"""An invoice that was issued for an order is never deleted."""
	if invoice.billing_order and invoice.docstatus:
		frappe.throw(
			frappe._("{0} was issued for {1} and is never deleted.").format(
				invoice.name, invoice.billing_order
			)
		)
