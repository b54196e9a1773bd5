"""Accounts on which a customer owes something and has something at the same time."""

from __future__ import annotations

from dataclasses import dataclass

import frappe

OPEN = (
	"invoice.billing_status in ('open', 'past_due') and invoice.docstatus = 1 and invoice.is_return = 0"
	" and invoice.outstanding_amount > 0"
)
#: Payments without an invoice, credit notes, and credits of Journal Entries that refer to nothing.
HAS_CREDIT = (
	"exists (select 1 from `tabPayment Entry` payment where payment.party_type = 'Customer'"
	" and payment.party = invoice.customer and payment.company = invoice.company"
	" and payment.payment_type = 'Receive' and payment.docstatus = 1 and payment.unallocated_amount > 0)"
	" or exists (select 1 from `tabSales Invoice` note where note.customer = invoice.customer"
	" and note.company = invoice.company and note.debit_to = invoice.debit_to and note.is_return = 1"
	" and note.docstatus = 1 and note.outstanding_amount < 0)"
	" or exists (select 1 from `tabJournal Entry Account` entry join `tabJournal Entry` journal"
	" on journal.name = entry.parent where entry.party_type = 'Customer' and entry.party = invoice.customer"
	" and entry.account = invoice.debit_to and entry.docstatus = 1 and ifnull(entry.reference_type, '') = ''"
	" and entry.credit_in_account_currency > entry.debit_in_account_currency"
	" and journal.company = invoice.company)"
)


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
	rows = frappe.db.sql(
		"select distinct invoice.company, invoice.customer, invoice.debit_to from `tabSales Invoice` invoice"
		f" where {OPEN}{whose} and ({HAS_CREDIT})"
		" order by invoice.company, invoice.customer, invoice.debit_to",
		{"customer": customer, "company": company},
	)
	return [Account(*row) for row in rows]


def has_open_invoice(customer: str, company: str) -> bool:
	"""Whether the customer owes the company an invoice of the billing."""
	filters = {"customer": customer, "company": company, "docstatus": 1, "outstanding_amount": [">", 0]}
	return bool(frappe.db.exists("Sales Invoice", {**filters, "billing_origin": ["is", "set"]}))
