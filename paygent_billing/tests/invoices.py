"""Invoices in each of their states, for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document

from paygent_billing.services.invoices.line import WrittenLine
from paygent_billing.services.invoices.one_off import OneOff, make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.uncollectible import mark_uncollectible
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.replay.books import company_for, ensure_fiscal_years
from paygent_billing.tests.factories import make_customer

ISSUED_ON = date(2026, 1, 1)
DUE_LATER = date(2035, 12, 30)


def one_off(*lines: WrittenLine, **values: object) -> OneOff:
	"""99 dollars for a workshop, without tax, due in ten years."""
	ensure_fiscal_years(date(2024, 1, 1), date(2029, 12, 31))
	set_write_off_account()
	return OneOff(
		**{
			"customer": values.pop("customer", None) or make_customer(),
			"company": company_for("USD"),
			"currency": "USD",
			"lines": lines or (WrittenLine("Workshop", Decimal(99)),),
			"issued_on": ISSUED_ON,
			"due_date": DUE_LATER,
			**values,
		}
	)


def make_invoice_that_is(state: str) -> str:
	"""A one-off invoice of 99 dollars in that state."""
	draft = make_one_off(one_off(due_date=ISSUED_ON if state == "past_due" else DUE_LATER))
	if state == "draft":
		return draft
	invoice = open_invoice(draft)
	match state:
		case "paid":
			mark_as_paid(invoice, on=ISSUED_ON)
		case "void":
			void_invoice(invoice, reason="Made by mistake")
		case "uncollectible":
			mark_uncollectible(invoice, on=ISSUED_ON, reason="Bankrupt")
	return invoice


def set_write_off_account() -> str:
	"""The account of bad debts of the company in dollars."""
	company = company_for("USD")
	account = frappe.db.get_value("Account", {"company": company, "account_name": "Write Off"})
	frappe.db.set_value("Company", company, "write_off_account", account)
	frappe.clear_document_cache("Company", company)
	return account


def invoice(name: str) -> Document:
	return frappe.get_doc("Sales Invoice", name)


def status_of(name: str) -> str | None:
	return frappe.db.get_value("Sales Invoice", name, "billing_status")


def ledger_of(voucher: str) -> dict[str, float]:
	"""What the voucher books on each account by its short name, debit minus credit."""
	rows = frappe.get_all(
		"GL Entry",
		filters={"voucher_no": voucher, "is_cancelled": 0},
		fields=["account", "debit", "credit"],
		order_by="account asc",
	)
	booked: dict[str, float] = {}
	for row in rows:
		account = row.account.rsplit(" - ", 1)[0]
		booked[account] = round(booked.get(account, 0) + row.debit - row.credit, 6)
	return booked
