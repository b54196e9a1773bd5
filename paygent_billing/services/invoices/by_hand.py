"""What nobody does to an invoice of the billing by hand, whatever door they come through."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.lifecycle import InvoiceStatus
from paygent_billing.services.invoices.number import is_numbered

#: What only the billing writes into an invoice.
WRITTEN_BY_BILLING = (
	"billing_order", "billing_origin", "billing_reason", "replaced_by", "refund_of", "payment_failed_on",
	"payment_failure",
)  # fmt: skip

#: What the customer's record says of them, which a draft may say in other words.
NAMED_ON_INVOICE = ("customer_name", "tax_id")


def refuse_invoice_by_hand(invoice: Document) -> None:
	"""Refuses an invoice that says of itself that it is one of the billing's, and a void one made anew."""
	before = invoice.get_doc_before_save()
	order = invoice.billing_order or _of_amended(invoice, "billing_order")
	if order:
		frappe.throw(
			_("Only the billing issues invoices of {0}. Make an invoice of your own without it.").format(
				order
			)
		)
	if not before and invoice.billing_origin:
		frappe.throw(
			_("Only the billing makes an invoice with the origin {0}. Leave the origin empty.").format(
				invoice.billing_origin
			)
		)
	if not before and _of_amended(invoice, "billing_origin"):
		frappe.throw(
			_("Only the billing makes its invoices. Use the actions of the invoice, or a new one-off.")
		)
	for field in WRITTEN_BY_BILLING:
		if (invoice.get(field) or None) != ((before.get(field) if before else None) or None):
			label = _(invoice.meta.get_label(field))
			frappe.throw(_("{0} is written by the billing itself and cannot be set by hand.").format(label))


def refuse_bought_credits_by_hand(invoice: Document) -> None:
	"""Refuses a credit note or invoice that would move what is owed for bought credits past their wallet."""
	accounts = ["in", [row.income_account or "" for row in invoice.items] or [""]]
	against = invoice.is_return and invoice.return_against
	is_of_top_up = against and frappe.db.get_value("Sales Invoice", against, "billing_origin") == "Top-up"
	if is_of_top_up or frappe.db.exists("Credit Accounts", {"liability_account": accounts}):
		frappe.throw(
			_(
				"Bought credits move with their wallet only. Use the actions of the invoice that sold or drew"
				" them: Void, Refund or Credit note."
			)
		)


def keep_what_billing_wrote(invoice: Document) -> None:
	"""A draft is a draft, whatever a request says, and names its customer as it was edited to."""
	if invoice.docstatus == 0:
		invoice.billing_status = InvoiceStatus.DRAFT.value if invoice.billing_origin else None
	invoice.update(invoice.flags.named_as or {})
	before = invoice.get_doc_before_save()
	is_known = before and invoice.billing_origin and before.customer == invoice.customer
	if is_known and not invoice.flags.named_as:
		invoice.update({field: before.get(field) for field in NAMED_ON_INVOICE})


def refuse_issue_by_hand(invoice: Document) -> None:
	"""Refuses a draft of the billing that is submitted past its action, which gives it its number."""
	if not invoice.flags.from_billing:
		frappe.throw(_("{0} is issued by its action Open, which gives it its number.").format(invoice.name))


def refuse_deletion(invoice: Document) -> None:
	"""Only a draft that has no number yet may be deleted."""
	if invoice.docstatus or is_numbered(invoice.name):
		owner = invoice.billing_order or invoice.customer
		frappe.throw(_("{0} was issued for {1} and is never deleted.").format(invoice.name, owner))


def refuse_rename(invoice: Document) -> None:
	frappe.throw(_("{0} keeps its number. Edit the invoice to give it another one.").format(invoice.name))


def _of_amended(invoice: Document, field: str) -> str | None:
	return invoice.amended_from and frappe.db.get_value("Sales Invoice", invoice.amended_from, field)
