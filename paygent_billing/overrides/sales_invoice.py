import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from paygent_billing.core.lifecycle import InvoiceStatus
from paygent_billing.services.billing.claim import void_period
from paygent_billing.services.billing.grace_draft import refuse_draft_by_hand
from paygent_billing.services.invoices.balance import apply_soon
from paygent_billing.services.invoices.by_hand import (
	keep_what_billing_wrote,
	refuse_bought_credits_by_hand,
	refuse_deletion,
	refuse_invoice_by_hand,
	refuse_issue_by_hand,
	refuse_rename,
)
from paygent_billing.services.invoices.payment import refuse_void_of_paid
from paygent_billing.services.invoices.status import first_status, follow_settlement
from paygent_billing.services.service_orders.sales_order import refuse_invoice_of_service_order
from paygent_billing.services.wallets.settle import refuse_void_of_spent, settle_invoice, undo_invoice


def validate(invoice: Document, method: str | None = None) -> None:
	"""Only the billing makes its invoices: none is made or amended by hand, and a draft stays what it is."""
	if not invoice.flags.from_billing:
		refuse_draft_by_hand(invoice)
		refuse_invoice_by_hand(invoice)
		refuse_invoice_of_service_order(invoice)
		refuse_bought_credits_by_hand(invoice)
	keep_what_billing_wrote(invoice)


def before_submit(invoice: Document, method: str | None = None) -> None:
	"""An invoice of the billing is issued by its action, and is open from then on."""
	if invoice.billing_origin:
		refuse_issue_by_hand(invoice)
		invoice.billing_status = first_status(invoice)


def on_submit(invoice: Document, method: str | None = None) -> None:
	"""A credit note that stays on the customer's account settles what the customer owes."""
	if invoice.is_return and invoice.update_outstanding_for_self:
		apply_soon(invoice.customer, invoice.company)


def before_cancel(invoice: Document, method: str | None = None) -> None:
	"""An invoice of the billing that is paid, at least in part, stays; and so does a refund."""
	if invoice.refund_of:
		frappe.throw(_("{0} refunds {1} and stays.").format(invoice.name, invoice.refund_of))
	if invoice.billing_origin:
		refuse_void_of_paid(invoice)
		if not invoice.flags.is_being_replaced:
			refuse_void_of_spent(invoice.name)
		invoice.billing_status = InvoiceStatus.VOID.value


def on_change(invoice: Document, method: str | None = None) -> None:
	"""Whatever settles an invoice, or opens it again, moves its state and the credits that came with it."""
	if not invoice.billing_origin or invoice.docstatus != 1:
		return
	settle_invoice(invoice.name)
	if not invoice.flags.from_billing:
		follow_settlement(invoice)


def on_cancel(invoice: Document, method: str | None = None) -> None:
	"""A cancelled invoice of the billing is void: its period says so, and its credits go back."""
	if invoice.billing_origin and not invoice.flags.is_being_replaced:
		void_period(invoice.name)
		undo_invoice(invoice.name, on=getdate(nowdate()))


def on_trash(invoice: Document, method: str | None = None) -> None:
	"""An invoice that was issued is never deleted."""
	refuse_draft_by_hand(invoice)
	if invoice.billing_origin:
		refuse_deletion(invoice)


def before_rename(invoice: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""An invoice keeps the number under which it was issued."""
	if invoice.billing_origin:
		refuse_rename(invoice)
