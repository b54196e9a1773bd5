"""What tests ask of a customer's wallet and of the ledger behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.replay.books import company_for
from paygent_billing.services.wallets.accounts import accounts_of
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.top_up import top_up
from paygent_billing.services.wallets.verify import WalletCheck, verify_wallets

COMPANY = "Scenarios USD"


def buy(customer: str, amount: str, on: date, **values: object) -> str:
	"""A top-up in dollars; its invoice."""
	credits = NewCredits(customer, "USD", Decimal(amount), **values)
	return top_up(credits, company_for("USD"), on=on)


def give(customer: str, amount: str, on: date, *, reason: str = "Welcome", **values: object) -> str:
	"""Credits in dollars by hand; the wallet."""
	return grant_credits(NewCredits(customer, "USD", Decimal(amount), **values), reason=reason, on=on)


def balance(customer: str) -> tuple[float, float]:
	"""What is available and what is pending of the customer's credits."""
	return frappe.db.get_value("Prepaid Wallet", {"customer": customer}, ["available", "pending"])


def entries(customer: str) -> list[tuple[str, float, float]]:
	"""Every entry as (kind, available, pending), oldest first."""
	wallet = frappe.db.get_value("Prepaid Wallet", {"customer": customer})
	rows = frappe.get_all(
		"Wallet Entry",
		filters={"wallet": wallet},
		fields=["kind", "available", "pending"],
		order_by="number asc",
	)
	return [(row.kind, row.available, row.pending) for row in rows]


def ledger(customer: str, account: str, company: str = COMPANY, currency: str = "USD") -> float:
	"""Credit less debit of the customer's vouchers in one of the accounts of credits."""
	name = getattr(accounts_of(company, currency), account)
	wallets = frappe.get_all("Prepaid Wallet", filters={"customer": customer}, pluck="name")
	invoices = frappe.get_all("Sales Invoice", filters={"customer": customer}, pluck="name")
	journals = frappe.get_all(
		"Journal Entry", filters={"prepaid_wallet": ["in", wallets or [""]]}, pluck="name"
	)
	rows = frappe.get_all(
		"GL Entry",
		filters={"account": name, "is_cancelled": 0, "voucher_no": ["in", [*invoices, *journals, ""]]},
		fields=["credit_in_account_currency as credit", "debit_in_account_currency as debit"],
	)
	return round(sum(row.credit - row.debit for row in rows), 9)


def check_of(customer: str) -> WalletCheck:
	"""What `paygent-billing verify` finds out about the customer."""
	return verify_wallets(customer)[0]
