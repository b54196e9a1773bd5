"""A wallet's statement: what was there, every entry with its cause, what is there then, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from paygent_billing.core.period import Period
from paygent_billing.core.wallet import EntryKind
from paygent_billing.services.numbers import day, sum_as_text

WORDS = {
	EntryKind.GRANT: "Credits granted",
	EntryKind.PURCHASE: "Credits bought",
	EntryKind.RELEASE: "Paid: credits become available",
	EntryKind.DRAW: "Used",
	EntryKind.EXPIRE: "Expired",
	EntryKind.ROLL_OVER: "Kept for the next period",
	EntryKind.REVERSE: "Taken back: the invoice was not paid",
	EntryKind.RESTORE: "Returned: the invoice was taken back",
	EntryKind.TAKE_BACK: "Taken back with a refund",
	EntryKind.OVERAGE: "Used beyond the credits, and billed",
}


@dataclass(frozen=True)
class StatementLine:
	"""An entry in words, with the balance after it."""

	on: date
	words: str
	cause: str
	sales_invoice: str | None
	available: Decimal
	pending: Decimal
	overage: Decimal
	available_after: Decimal
	pending_after: Decimal


@dataclass(frozen=True)
class WalletStatement:
	"""The wallet over the days of the period: available and pending at its beginning and at its end."""

	wallet: str
	customer: str
	currency: str
	period: Period
	opening: tuple[Decimal, Decimal]
	lines: tuple[StatementLine, ...]

	@property
	def closing(self) -> tuple[Decimal, Decimal]:
		"""Available and pending at the end: the opening balance and all that moved it."""
		available = sum((line.available for line in self.lines), self.opening[0])
		return available, sum((line.pending for line in self.lines), self.opening[1])


def wallet_statement(name: str, period: Period) -> WalletStatement:
	"""The statement of the wallet over the days of the period. Entries stand in the order of their days,
	those of one day in the order in which they were written.
	"""
	customer, currency = frappe.db.get_value("Prepaid Wallet", name, ["customer", "currency"])
	opening = _balance_before(name, period.start)
	lines = tuple(_lines(name, period, opening))
	return WalletStatement(name, customer, currency, period, opening, lines)


def _balance_before(wallet: str, first: date) -> tuple[Decimal, Decimal]:
	rows = frappe.db.sql(
		"select cast(sum(available) as char), cast(sum(pending) as char) from `tabWallet Entry`"
		" where wallet = %s and happened_on < %s",
		(wallet, first),
	)
	return sum_as_text(rows[0][0]), sum_as_text(rows[0][1])


def _lines(wallet: str, period: Period, opening: tuple[Decimal, Decimal]) -> Iterator[StatementLine]:
	available, pending = opening
	for row in _entries(wallet, period):
		moved = tuple(map(sum_as_text, (row.available, row.pending, row.overage)))
		available, pending = available + moved[0], pending + moved[1]
		words = _(WORDS[EntryKind(row.kind)])
		cause = row.reason or row.billing_order or ""
		yield StatementLine(day(row.happened_on), words, cause, row.sales_invoice, *moved, available, pending)


def _entries(wallet: str, period: Period) -> list[frappe._dict]:
	"""The entries that moved something; a lot that is only marked as kept says nothing to the customer."""
	return frappe.db.sql(
		"select entry.happened_on, entry.kind, entry.reason, entry.sales_invoice, lot.billing_order,"
		" cast(entry.available as char) available, cast(entry.pending as char) pending,"
		" cast(entry.overage as char) overage from `tabWallet Entry` entry"
		" left join `tabCredit Lot` lot on lot.name = entry.lot"
		" where entry.wallet = %s and entry.happened_on >= %s and entry.happened_on < %s"
		" and (entry.available != 0 or entry.pending != 0 or entry.overage != 0)"
		" order by entry.happened_on, entry.number",
		(wallet, period.start, period.end),
		as_dict=True,
	)
