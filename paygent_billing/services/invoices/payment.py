"""Payments of an invoice as ERPNext Payment Entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from paygent_billing.core.lifecycle import InvoiceAction, InvoiceStatus
from paygent_billing.services.invoices.access import check_rights, invoice_for, locked_invoice
from paygent_billing.services.invoices.balance import apply_balance
from paygent_billing.services.invoices.payment_method import PaymentMethod, account_of, mode_of
from paygent_billing.services.invoices.uncollectible import reverse_write_off
from paygent_billing.services.numbers import currency_of, exact


@dataclass(frozen=True)
class How:
	"""How a payment came: the way, the payer's words for it, and a key with which it counts once."""

	method: PaymentMethod = PaymentMethod.BANK_TRANSFER
	reference: str | None = None
	key: str | None = None


def mark_as_paid(invoice: str, *, on: date, how: How | None = None) -> str | None:
	"""Settles all that is due of the invoice and returns the Payment Entry; None when it is paid already."""
	if frappe.db.get_value("Sales Invoice", invoice, "billing_status") == "paid":
		check_rights(InvoiceAction.MARK_AS_PAID, frappe.get_doc("Sales Invoice", invoice))
		return None
	document = invoice_for(InvoiceAction.MARK_AS_PAID, invoice)
	document = reverse_write_off(document, on=on)
	return _receive(document, exact(document.outstanding_amount), on, how or How())


def record_payment(invoice: str, amount: Decimal, *, on: date, how: How | None = None) -> str:
	"""Records a payment, in the currency of the customer's account, and returns its Payment Entry.

	It may settle the invoice in part. What is too much stays on the customer's account.
	"""
	how = how or How()
	document = locked_invoice(invoice)
	check_rights(InvoiceAction.RECORD_PAYMENT, document)
	known = _recorded_before(invoice, exact(amount), how.key)
	if known:
		return known
	document = invoice_for(InvoiceAction.RECORD_PAYMENT, invoice)
	amount = _payable(document, exact(amount))
	document = reverse_write_off(document, on=on, at_most=amount)
	return _receive(document, amount, on, how)


def refuse_void_of_paid(invoice: Document) -> None:
	"""Refuses when anything of the invoice is paid, also one over nothing. What is outstanding is in the
	currency of its account.
	"""
	is_in_its_own = invoice.party_account_currency == invoice.currency
	total = invoice.grand_total if is_in_its_own else invoice.base_grand_total
	is_settled = invoice.billing_status == InvoiceStatus.PAID.value
	if is_settled or exact(invoice.outstanding_amount) != exact(total):
		frappe.throw(_("{0} is paid, at least in part, and cannot be void.").format(invoice.name))


def _recorded_before(invoice: str, amount: Decimal, key: str | None) -> str | None:
	"""The payment that has the key. Refused when that is of another invoice or amount: this one would be
	lost.
	"""
	filters = {"billing_key": key, "docstatus": 1}
	known = key and frappe.db.get_value("Payment Entry", filters, ["name", "paid_amount"], as_dict=True)
	if not known:
		return None
	row = {"parent": known.name, "reference_doctype": "Sales Invoice", "reference_name": invoice}
	if exact(known.paid_amount) != amount or not frappe.db.exists("Payment Entry Reference", row):
		frappe.throw(
			_("The key {0} was used for another payment. Use a new key for each payment.").format(
				escape_html(key)
			),
			frappe.DuplicateEntryError,
		)
	return known.name


def _receive(invoice: Document, amount: Decimal, on: date, how: How) -> str:
	payment = get_payment_entry(
		"Sales Invoice",
		invoice.name,
		party_amount=float(amount),
		bank_account=account_of(how.method, invoice.company),
		reference_date=str(on),
	)
	payment.references[0].allocated_amount = float(min(amount, exact(invoice.outstanding_amount)))
	payment.update({"posting_date": on, "reference_no": how.reference or invoice.name, "reference_date": on})
	payment.update({"mode_of_payment": mode_of(how.method), "billing_key": how.key})
	payment.set_amounts()
	payment.submit()
	if payment.unallocated_amount:
		apply_balance(invoice.customer, invoice.company)
	return payment.name


def _payable(invoice: Document, amount: Decimal) -> Decimal:
	currency = currency_of(invoice.party_account_currency)
	if amount <= 0 or currency.round(amount) != amount:
		frappe.throw(_("{0} is no amount of {1} that can be paid.").format(amount, currency.code))
	return amount
