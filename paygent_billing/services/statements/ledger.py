"""A customer's receivables from ERPNext's Payment Ledger, in the currency of the account. Exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Cast, Sum

from paygent_billing.core.money import ZERO
from paygent_billing.services.numbers import day, sum_as_text


@dataclass(frozen=True)
class Entry:
	"""What a document changed about the balance: positive is owed by the customer."""

	on: date
	kind: str
	document: str
	amount: Decimal


@dataclass(frozen=True)
class OpenItem:
	"""A document that is not settled, and what of it is open; negative is in the customer's favour."""

	on: date
	kind: str
	document: str
	due: date | None
	open: Decimal


@dataclass(frozen=True)
class Account:
	"""What happened in one currency."""

	currency: str
	opening: Decimal
	entries: tuple[Entry, ...]
	open_items: tuple[OpenItem, ...]

	@property
	def balance(self) -> Decimal:
		return self.opening + sum((entry.amount for entry in self.entries), ZERO)


def accounts_of(customer: str, company: str, first: date, last: date) -> tuple[Account, ...]:
	"""The currencies in which something is or was open in the period, by name."""
	entries = _entries(customer, company, last)
	items = _open_items(customer, company, last)
	currencies = sorted({*entries, *items})
	accounts = (
		Account(
			currency,
			opening=sum((entry.amount for entry in entries[currency] if entry.on < first), ZERO),
			entries=tuple(entry for entry in entries[currency] if entry.on >= first),
			open_items=tuple(items.get(currency, ())),
		)
		for currency in currencies
	)
	return tuple(account for account in accounts if account.entries or account.balance or account.open_items)


def _entries(customer: str, company: str, last: date) -> dict[str, list[Entry]]:
	ledger, total, query = _rows(customer, company, last)
	query = query.select(
		ledger.posting_date, ledger.voucher_type, ledger.voucher_no, ledger.account_currency, total
	)
	query = query.groupby(
		ledger.posting_date, ledger.voucher_type, ledger.voucher_no, ledger.account_currency
	)
	rows = query.orderby(ledger.posting_date, ledger.voucher_no).run()
	return _by_currency(
		(currency, Entry(day(on), kind, document, sum_as_text(amount)))
		for on, kind, document, currency, amount in rows
	)


def _open_items(customer: str, company: str, last: date) -> dict[str, list[OpenItem]]:
	ledger, total, query = _rows(customer, company, last)
	columns = (ledger.against_voucher_type, ledger.against_voucher_no, ledger.account_currency)
	rows = query.select(*columns, total).groupby(*columns).run()
	items = (
		(currency, _item(kind, document, sum_as_text(amount))) for kind, document, currency, amount in rows
	)
	found = _by_currency((currency, item) for currency, item in items if item.open)
	return {
		currency: sorted(rows, key=lambda item: (item.on, item.document)) for currency, rows in found.items()
	}


def _rows(customer: str, company: str, last: date) -> tuple:
	"""The ledger, the sum of its amounts as text, and a query for what counts up to that day."""
	ledger = frappe.qb.DocType("Payment Ledger Entry")
	query = frappe.qb.from_(ledger).where(ledger.party_type == "Customer").where(ledger.party == customer)
	query = query.where(ledger.company == company).where(ledger.delinked == 0)
	total = Cast(Sum(ledger.amount_in_account_currency), "char")
	return ledger, total, query.where(ledger.posting_date <= last)


def _item(kind: str, document: str, amount: Decimal) -> OpenItem:
	fields = ["posting_date", "due_date"] if kind == "Sales Invoice" else ["posting_date"]
	on, *due = frappe.db.get_value(kind, document, fields, as_dict=False) if amount else (date.min,)
	return OpenItem(day(on), kind, document, day(due[0]) if due else None, amount)


def _by_currency(pairs: Iterable[tuple]) -> dict[str, list]:
	found: dict[str, list] = {}
	for currency, row in pairs:
		found.setdefault(currency, []).append(row)
	return found
