"""Shows that wallets, their entries and the ledger say the same, and names where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import frappe

from paygent_billing.core.money import EXACT, ZERO, format_quantity
from paygent_billing.core.wallet import Entry, EntryKind
from paygent_billing.services.numbers import day, sum_as_text
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.proof import proof_of


@dataclass(frozen=True)
class WalletCheck:
	"""A wallet's bought credits, what the ledger says is owed for them, and what is wrong."""

	wallet: str
	customer: str
	currency: str
	bought: Decimal
	owed: Decimal
	faults: tuple[str, ...]

	@property
	def is_right(self) -> bool:
		return not self.faults

	def in_words(self) -> str:
		"""One line for a person."""
		found = "; ".join(self.faults) or "right"
		amounts = f"bought {_words(self.bought)}, owed in the ledger {_words(self.owed)}"
		return f"{self.customer} {self.currency}: {amounts}: {found}"

	def as_json(self) -> dict[str, object]:
		"""Plain values, amounts as text."""
		return {
			"wallet": self.wallet,
			"customer": self.customer,
			"currency": self.currency,
			"bought": _words(self.bought),
			"owed": _words(self.owed),
			"faults": list(self.faults),
		}


def verify_wallets(customer: str | None = None) -> list[WalletCheck]:
	"""Checks every wallet, and every customer for whom a liability account holds something; with a customer,
	only that one's. Reads only.
	"""
	owed = _owed_by_company(customer)
	checks = [_check(row, owed) for row in _wallets(customer)]
	return checks + [_without_wallet(key, amount) for key, amount in owed.items() if amount]


def _check(wallet: frappe._dict, owed: dict[tuple[str, str, str], Decimal]) -> WalletCheck:
	"""Takes what the ledger owes the wallet's customer out of `owed`."""
	faults = [*_chain_faults(wallet), *_lot_faults(wallet)]
	bought = _bought_by_company(wallet.name)
	keys = [key for key in owed if key[1:] == (wallet.customer, wallet.currency)]
	ledger = {key[0]: owed.pop(key) for key in keys}
	for company in sorted({*bought, *ledger}):
		held, due = bought.get(company, ZERO), ledger.get(company, ZERO)
		if held != due:
			faults.append(
				f"{company}: bought credits of {_words(held)}, {_words(due)} in the liability account"
			)
	total = sum(bought.values(), ZERO), sum(ledger.values(), ZERO)
	return WalletCheck(wallet.name, wallet.customer, wallet.currency, *total, tuple(faults))


def _without_wallet(key: tuple[str, str, str], amount: Decimal) -> WalletCheck:
	company, customer, currency = key
	fault = f"{company}: {_words(amount)} stand in the liability account without any wallet"
	return WalletCheck("", customer, currency, ZERO, amount, (fault,))


def _wallets(customer: str | None) -> list[frappe._dict]:
	return frappe.db.sql(
		"select name, customer, currency, cast(available as char) available, cast(pending as char) pending,"
		" cast(overage_used as char) overage, ifnull(entry_count, 0) entry_count, ifnull(proof, '') proof"
		" from `tabPrepaid Wallet` where customer = ifnull(%s, customer) order by name",
		(customer,),
		as_dict=True,
	)


def _chain_faults(wallet: frappe._dict) -> Iterator[str]:
	"""Follows the entries from the first: numbers, balances and proofs, up to where the wallet stands."""
	proof, number, sums = "", 0, (ZERO, ZERO, ZERO)
	for number, row in enumerate(_entries(wallet.name), start=1):
		moved = tuple(map(sum_as_text, (row.available, row.pending, row.overage)))
		sums = tuple(EXACT.add(before, more) for before, more in zip(sums, moved, strict=True))
		entry = Entry(EntryKind(row.kind), row.lot or "", *moved)
		cause = Cause(row.cause, day(row.happened_on), reason=row.reason)
		proof = proof_of(proof, number, entry, cause)
		if (row.number, row.proof) != (number, proof):
			yield f"entry {row.number or row.name} was changed, added or taken out after it was written"
			return
		after = sum_as_text(row.available_after), sum_as_text(row.pending_after)
		if after != sums[:2] or min(after) < 0:
			yield f"entry {number}: the balance after it is not the sum of the entries up to it"
			return
	if (number, proof) != (wallet.entry_count, wallet.proof):
		yield f"{wallet.entry_count} entries were written, and {number} are there"
	balance = tuple(map(sum_as_text, (wallet.available, wallet.pending, wallet.overage)))
	if balance != sums:
		yield f"the balance is {_words(balance[0])}, but the entries come to {_words(sums[0])}"


def _entries(wallet: str) -> list[frappe._dict]:
	return frappe.db.sql(
		"select name, number, kind, lot, cast(available as char) available, cast(pending as char) pending,"
		" cast(overage as char) overage, cause, happened_on, reason, proof,"
		" cast(available_after as char) available_after, cast(pending_after as char) pending_after"
		" from `tabWallet Entry` where wallet = %s order by number, name",
		(wallet,),
		as_dict=True,
	)


def _lot_faults(wallet: frappe._dict) -> Iterator[str]:
	rows = frappe.db.sql(
		"select lot.name, cast(lot.available as char) available, cast(lot.pending as char) pending,"
		" cast(ifnull(sum(entry.available), 0) as char) moved_available,"
		" cast(ifnull(sum(entry.pending), 0) as char) moved_pending from `tabCredit Lot` lot"
		" left join `tabWallet Entry` entry on entry.lot = lot.name and entry.wallet = lot.wallet"
		" where lot.wallet = %s group by lot.name",
		(wallet.name,),
		as_dict=True,
	)
	for row in rows:
		held = sum_as_text(row.available), sum_as_text(row.pending)
		if held != (sum_as_text(row.moved_available), sum_as_text(row.moved_pending)):
			yield f"lot {row.name} holds {_words(held[0])}, which is not the sum of its entries"


def _bought_by_company(wallet: str) -> dict[str, Decimal]:
	rows = frappe.db.sql(
		"select company, cast(sum(available + pending) as char) from `tabCredit Lot`"
		" where wallet = %s and source = 'bought' group by company",
		(wallet,),
	)
	return {company: sum_as_text(amount) for company, amount in rows}


def _owed_by_company(customer: str | None) -> dict[tuple[str, str, str], Decimal]:
	"""What each liability account holds for each customer, by company, customer and currency."""
	rows = frappe.db.sql(
		"select accounts.company, ifnull(ifnull(invoice.customer, wallet.customer), ''), accounts.currency,"
		" cast(sum(ledger.credit_in_account_currency - ledger.debit_in_account_currency) as char)"
		" from `tabCredit Accounts` accounts join `tabGL Entry` ledger"
		" on ledger.account = accounts.liability_account and ledger.is_cancelled = 0"
		" left join `tabSales Invoice` invoice"
		" on ledger.voucher_type = 'Sales Invoice' and invoice.name = ledger.voucher_no"
		" left join `tabJournal Entry` entry"
		" on ledger.voucher_type = 'Journal Entry' and entry.name = ledger.voucher_no"
		" left join `tabPrepaid Wallet` wallet on wallet.name = entry.prepaid_wallet"
		" where %s is null or invoice.customer = %s or wallet.customer = %s group by 1, 2, 3",
		(customer, customer, customer),
	)
	return {
		(company, customer, currency): sum_as_text(amount) for company, customer, currency, amount in rows
	}


def _words(amount: Decimal) -> str:
	return format_quantity(amount)
