"""Edits an invoice that is not paid: a draft in its place, an issued one by another that replaces it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.billing.billing_invoice import load_invoice
from paygent_billing.services.billing.precision import use_currency_decimals
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.edit_lines import LineEdit, TaxEdit, edit_lines, edit_taxes
from paygent_billing.services.invoices.number import check_number, give_number
from paygent_billing.services.invoices.payment import refuse_void_of_paid
from paygent_billing.services.invoices.replace import replace_invoice
from paygent_billing.services.numbers import currency_of, exact

#: What can be said anew of an invoice, and the field of the Sales Invoice in which it stands.
TEXTS = {
	"contract_id": "contract_id",
	"memo": "memo",
	"customer_name": "customer_name",
	"tax_id": "tax_id",
	"gstin": "billing_address_gstin",
	"customer_address": "customer_address",
	"place_of_supply": "place_of_supply",
	"terms": "terms",
	"notes": "remarks",
}


@dataclass(frozen=True)
class Edit:
	"""What changes; what is None or not named stays. `texts` has keys of TEXTS."""

	date: date | None = None
	due_date: date | None = None
	number: str | None = None
	texts: dict[str, str] = field(default_factory=dict)
	lines: tuple[LineEdit, ...] | None = None
	taxes: tuple[TaxEdit, ...] | None = None


def edit_invoice(invoice: str, edit: Edit, *, reason: str) -> str:
	"""Makes the invoice say something else, and returns its name: a new one where it was issued already.

	Refused when anything of it is paid.
	"""
	document = invoice_for(InvoiceAction.EDIT, invoice)
	if document.docstatus == 0:
		return _edit_draft(invoice, edit)
	refuse_void_of_paid(document)
	return replace_invoice(document, lambda copy: apply_edit(copy, edit), number=edit.number, reason=reason)


def apply_edit(invoice: Document, edit: Edit) -> None:
	"""Writes what changes into the document; whoever calls saves it."""
	_edit_dates(invoice, edit)
	_edit_texts(invoice, edit.texts)
	currency = currency_of(invoice.currency)
	if edit.lines is not None:
		edit_lines(invoice, edit.lines, currency)
	if edit.taxes is not None:
		edit_taxes(invoice, edit.taxes, currency)
	use_currency_decimals(invoice, currency.decimals)
	invoice.calculate_taxes_and_totals()
	if exact(invoice.grand_total) < 0:
		frappe.throw(_("The invoice would come to less than nothing. Make a credit note instead."))


def _edit_draft(name: str, edit: Edit) -> str:
	invoice = load_invoice(name)
	apply_edit(invoice, edit)
	invoice.flags.from_billing = True
	invoice.save()
	if edit.number is None or edit.number == name:
		return name
	check_number(edit.number, invoice.naming_series)
	return give_number(invoice, edit.number)


def _edit_dates(invoice: Document, edit: Edit) -> None:
	if edit.date:
		invoice.update({"posting_date": edit.date, "set_posting_time": 1})
	due = edit.due_date or invoice.due_date
	if frappe.utils.getdate(due) < frappe.utils.getdate(invoice.posting_date):
		frappe.throw(_("The due date must not lie before {0}.").format(invoice.posting_date))
	invoice.due_date = due
	invoice.set("payment_schedule", [])
	invoice.append("payment_schedule", {"due_date": due, "invoice_portion": 100})


def _edit_texts(invoice: Document, texts: dict[str, str]) -> None:
	for key, text in texts.items():
		invoice.set(TEXTS[key], text or None)
	if "customer_address" in texts:
		_use_address(invoice, texts["customer_address"])
	invoice.flags.named_as = {
		"customer_name": invoice.customer_name or frappe.throw(_("The customer needs a name.")),
		"tax_id": invoice.tax_id,
	}


def _use_address(invoice: Document, address: str) -> None:
	from frappe.contacts.doctype.address.address import get_address_display

	link = {"parenttype": "Address", "parent": address, "link_doctype": "Customer"}
	if address and not frappe.db.exists("Dynamic Link", {**link, "link_name": invoice.customer}):
		frappe.throw(_("{0} is no address of {1}.").format(address, invoice.customer))
	invoice.address_display = get_address_display(address) if address else None
