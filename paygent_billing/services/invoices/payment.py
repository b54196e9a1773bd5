"""Payments of an invoice as ERPNext Payment Entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.numbers import exact


def mark_as_paid(invoice: str, *, on: date) -> str | None:
	"""Settles all that is due of the invoice and returns the Payment Entry; None when nothing is due."""
	due = exact(frappe.db.get_value("Sales Invoice", invoice, "outstanding_amount"))
	return record_payment(invoice, due, on=on) if due > 0 else None


def record_payment(invoice: str, amount: Decimal, *, on: date, reference: str | None = None) -> str:
	"""Records a payment of a part of the invoice or of all of it, and returns the Payment Entry."""
	due = exact(frappe.db.get_value("Sales Invoice", invoice, "outstanding_amount"))
	if not 0 < amount <= due:
		frappe.throw(_("{0} is not between 0 and the {1} that are due of {2}.").format(amount, due, invoice))
	payment = get_payment_entry("Sales Invoice", invoice, party_amount=float(amount), reference_date=str(on))
	payment.update({"posting_date": on, "reference_no": reference or invoice, "reference_date": on})
	payment.submit()
	return payment.name


def void_invoice(invoice: str) -> None:
	"""Takes an unpaid invoice out of the ledger; the document stays. Refused when anything of it is paid."""
	frappe.get_doc("Sales Invoice", invoice).cancel()


def refuse_void_of_paid(invoice: Document) -> None:
	"""Refuses when anything of the invoice is paid. What is outstanding is in the currency of its account."""
	is_in_its_own = invoice.party_account_currency == invoice.currency
	total = invoice.grand_total if is_in_its_own else invoice.base_grand_total
	if exact(invoice.outstanding_amount) != exact(total):
		frappe.throw(_("{0} is paid, at least in part, and cannot be void.").format(invoice.name))
