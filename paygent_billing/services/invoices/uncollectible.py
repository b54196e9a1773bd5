"""Bad debts: an invoice that nobody will pay is written off in the ledger, and taken back when it is paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.billing.dimensions import default_dimensions
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.status import WRITE_OFF, written_off
from paygent_billing.services.numbers import exact, site_decimals


def mark_uncollectible(invoice: str, *, on: date, reason: str) -> str:
	"""Writes off what is outstanding of the invoice and returns the Journal Entry."""
	document = invoice_for(InvoiceAction.MARK_UNCOLLECTIBLE, invoice)
	frappe.db.set_value("Sales Invoice", invoice, "billing_reason", reason)
	return _book(document, exact(document.outstanding_amount), on, reason)


def reverse_write_off(invoice: Document, *, on: date, at_most: Decimal | None = None) -> Document:
	"""The invoice as it is owed again, before money comes in for it: what was written off of it, or as much
	as the payment, is booked back.
	"""
	given_up = written_off(invoice.name)
	amount = given_up if at_most is None else min(given_up, at_most)
	if amount <= 0:
		return invoice
	_book(invoice, -amount, on, _("{0} is paid after all").format(invoice.name))
	return frappe.get_doc("Sales Invoice", invoice.name)


def _book(invoice: Document, amount: Decimal, on: date, reason: str) -> str:
	"""Takes the amount, in the currency of the customer's account, off the invoice; a negative one comes back
	onto it.
	"""
	journal = frappe.new_doc("Journal Entry")
	own = frappe.get_cached_value("Company", invoice.company, "default_currency")
	is_foreign = invoice.party_account_currency != own
	journal.update({"voucher_type": WRITE_OFF, "company": invoice.company, "posting_date": on})
	journal.update({"multi_currency": int(is_foreign), "user_remark": reason})
	journal.append("accounts", _owed(invoice, amount, is_foreign))
	journal.append("accounts", _lost(invoice, amount, is_foreign))
	for row in journal.accounts:
		row.update(default_dimensions(invoice.company))
	journal.submit()
	return journal.name


def _owed(invoice: Document, amount: Decimal, is_foreign: bool) -> dict[str, object]:
	side = "credit_in_account_currency" if amount > 0 else "debit_in_account_currency"
	return {
		"account": invoice.debit_to,
		"party_type": "Customer",
		"party": invoice.customer,
		"reference_type": "Sales Invoice",
		"reference_name": invoice.name,
		"exchange_rate": invoice.conversion_rate if is_foreign else 1,
		side: float(abs(amount)),
	}


def _lost(invoice: Document, amount: Decimal, is_foreign: bool) -> dict[str, object]:
	side = "debit_in_account_currency" if amount > 0 else "credit_in_account_currency"
	rate = invoice.conversion_rate if is_foreign else 1
	return {
		"account": _write_off_account(invoice.company),
		"cost_center": frappe.get_cached_value("Company", invoice.company, "cost_center"),
		side: flt(float(abs(amount)) * rate, site_decimals()),
	}


def _write_off_account(company: str) -> str:
	account = frappe.get_cached_value("Company", company, "write_off_account")
	return account or frappe.throw(
		_("Set a Write Off Account in {0}: bad debts are booked there.").format(company)
	)
