"""Accounts on which a customer owes something and has something at the same time."""

from __future__ import annotations

from dataclasses import dataclass

import frappe

OPEN = (
	"invoice.billing_status in ('open', 'past_due') and invoice.docstatus = 1 and invoice.is_return = 0"
	" and invoice.outstanding_amount > 0"
)
#: Payments without an invoice, credit notes, and credits of Journal Entries that refer to nothing. Each is
#: asked for once, not for each invoice.
HAS_CREDIT = (
	"(invoice.company, invoice.customer) in (select payment.company, payment.party"
	" from `tabPayment Entry` payment where payment.party_type = 'Customer' and payment.docstatus = 1"
	" and payment.payment_type = 'Receive' and payment.unallocated_amount > 0{of_payment})"
	" or (invoice.debit_to, invoice.customer) in (select note.debit_to, note.customer"
	" from `tabSales Invoice` note where note.is_return = 1 and note.docstatus = 1"
	" and note.outstanding_amount < 0{of_note})"
	" or (invoice.debit_to, invoice.customer) in (select entry.account, entry.party"
	" from `tabJournal Entry Account` entry where entry.party_type = 'Customer' and entry.docstatus = 1"
	" and ifnull(entry.reference_type, '') = ''"
	" and entry.credit_in_account_currency > entry.debit_in_account_currency{of_entry})"
)
OF_ONE = {
	"of_payment": " and payment.party = %(customer)s",
	"of_note": " and note.customer = %(customer)s",
	"of_entry": " and entry.party = %(customer)s",
}
OF_ALL = dict.fromkeys(OF_ONE, "")


@dataclass(frozen=True)
class Account:
	"""A customer's account with a company."""

	company: str
	customer: str
	receivable: str


def accounts_in_credit(*, customer: str | None = None, company: str | None = None) -> list[Account]:
	"""The accounts with an open invoice of the billing and something that could settle it: all, or those of
	the customer with the company. One query.
	"""
	whose = " and invoice.customer = %(customer)s and invoice.company = %(company)s" if customer else ""
	has_credit = HAS_CREDIT.format(**(OF_ONE if customer else OF_ALL))
	rows = frappe.db.sql(
		"select distinct invoice.company, invoice.customer, invoice.debit_to from `tabSales Invoice` invoice"
		f" where {OPEN}{whose} and ({has_credit})"
		" order by invoice.company, invoice.customer, invoice.debit_to",
		{"customer": customer, "company": company},
	)
	return [Account(*row) for row in rows]


def has_open_invoice(customer: str, company: str) -> bool:
	"""Whether the customer owes the company an invoice of the billing."""
	filters = {"customer": customer, "company": company, "docstatus": 1, "outstanding_amount": [">", 0]}
	return bool(frappe.db.exists("Sales Invoice", {**filters, "billing_origin": ["is", "set"]}))
