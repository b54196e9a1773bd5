"""A wallet that this transaction holds: nobody else moves it until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import now

from paygent_billing.core import wallet
from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.core.wallet import Balance, Entry, EntryKind, Lot, LotSource
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.wallets.breakage import recognise_breakage
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import COLUMNS, HeldLot, held_lot, write_lots
from paygent_billing.services.wallets.proof import proof_of

_ENTRY_COLUMNS = (
	"creation, modified, owner, modified_by, wallet, number, kind, lot, available, pending, overage, cause,"
	" happened_on, reason, sales_invoice, currency, available_after, pending_after, proof"
)


class WalletMoved(frappe.ValidationError):
	"""The wallet does not hold what is to be taken from it."""


@dataclass
class WalletAccount:
	"""A wallet under lock: its balance, its lots that hold anything, and the end of its chain of entries."""

	name: str
	customer: str
	currency: str
	balance: Balance
	overage: Decimal
	count: int
	proof: str
	held: dict[str, HeldLot] = field(default_factory=dict)

	def lots(self, company: str | None = None) -> tuple[Lot, ...]:
		"""The lots that hold anything; with a company, its bought ones and all granted ones."""
		return tuple(
			one.lot
			for one in self.held.values()
			if (one.lot.available or one.lot.pending) and (company is None or one.company in (None, company))
		)

	def add(self, held: Iterable[HeldLot]) -> None:
		"""Takes further lots of the wallet in hand: empty ones, or new ones that an entry will fill."""
		for one in held:
			lot = one.lot if one.lot.sequence else replace(one.lot, sequence=self.count + 1)
			self.held[lot.id] = replace(one, lot=lot)

	def post(self, entries: Sequence[Entry], cause: Cause) -> None:
		"""Adds the entries and moves lots and balance by them. Refused when something would fall below zero.

		Bought credits that expire become income in the same transaction.
		"""
		if not entries:
			return
		self._move_lots(entries)
		rows = [self._append(number, entry, cause) for number, entry in enumerate(entries)]
		_insert(rows)
		moved = {entry.lot for entry in entries}
		write_lots(self.name, self.currency, [one for one in self.held.values() if one.lot.id in moved])
		self._write(count_before=self.count - len(entries))
		recognise_breakage(self, entries, cause)

	def bought_by_company(self, entries: Iterable[Entry], kind: EntryKind) -> dict[str, Decimal]:
		"""What entries of that kind take from bought lots, by the company that sold them."""
		found: dict[str, Decimal] = {}
		for entry in entries:
			one = self.held.get(entry.lot)
			if entry.kind is kind and one and one.lot.source is LotSource.BOUGHT:
				taken = EXACT.minus(EXACT.add(entry.available, entry.pending))
				found[one.company or ""] = EXACT.add(found.get(one.company or "", ZERO), taken)
		return found

	def _move_lots(self, entries: Sequence[Entry]) -> None:
		for lot in wallet.after([one.lot for one in self.held.values()], entries):
			if lot.available < 0 or lot.pending < 0:
				self._refuse()
			self.held[lot.id] = replace(self.held[lot.id], lot=lot)

	def _append(self, number: int, entry: Entry, cause: Cause) -> tuple[object, ...]:
		key = f"{entry.kind.value}:{cause.key}:{number}"
		self.count += 1
		self.proof = proof_of(self.proof, self.count, entry, replace(cause, key=key))
		self.balance = wallet.balance_of([_as_entry(self.balance), entry])
		self.overage = EXACT.add(self.overage, entry.overage)
		moment, user = now(), frappe.session.user
		return (
			*(moment, moment, user, user),
			*(self.name, self.count, entry.kind.value, entry.lot or None),
			*(entry.available, entry.pending, entry.overage),
			*(key, cause.happened_on, cause.reason, cause.sales_invoice, self.currency),
			*(self.balance.available, self.balance.pending, self.proof),
		)

	def _write(self, *, count_before: int) -> None:
		"""One conditional update decides, so that no entries of two transactions ever share a place."""
		frappe.db.sql(
			"update `tabPrepaid Wallet` set available = %s, pending = %s, overage_used = %s,"
			" entry_count = %s, proof = %s, has_news = 1"
			" where name = %s and ifnull(entry_count, 0) = %s and %s >= 0 and %s >= 0",
			(
				*(self.balance.available, self.balance.pending, self.overage, self.count, self.proof),
				*(self.name, count_before, self.balance.available, self.balance.pending),
			),
		)
		if frappe.db._cursor.rowcount != 1:
			self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("The wallet {0} does not hold enough credits for this.").format(self.name), WalletMoved
		)


def _as_entry(balance: Balance) -> Entry:
	return Entry(EntryKind.GRANT, "", balance.available, balance.pending)


def _insert(rows: Sequence[tuple[object, ...]]) -> None:
	marks = "(nextval(`wallet_entry_id_seq`), " + ", ".join(["%s"] * len(rows[0])) + ")"
	frappe.db.sql(
		f"insert into `tabWallet Entry` (name, {_ENTRY_COLUMNS}) values {', '.join([marks] * len(rows))}",
		[value for row in rows for value in row],
	)


def open_wallet(customer: str, currency: str) -> WalletAccount | None:
	"""The customer's wallet in the currency with its lots, locked until the transaction ends; None when there
	is none. One statement, which reads what is committed by now.
	"""
	return _read("wallet.customer = %s and wallet.currency = %s", (customer, currency))


def peek_wallet(customer: str, currency: str) -> WalletAccount | None:
	"""The customer's wallet as this transaction sees it, not locked: to look at, never to post to."""
	return _read("wallet.customer = %s and wallet.currency = %s", (customer, currency), lock="")


def open_named(name: str) -> WalletAccount:
	"""As `open_wallet`, by the wallet's name."""
	return _read("wallet.name = %s", (name,)) or frappe.throw(_("There is no wallet {0}.").format(name))


def ensure_wallet(customer: str, currency: str) -> WalletAccount:
	"""The customer's wallet in the currency, made when there is none, locked until the transaction ends."""
	known = open_wallet(customer, currency)
	if known:
		return known
	new = frappe.new_doc("Prepaid Wallet")
	new.update({"customer": customer, "currency": currency, "credit_value": 1, "company": ""})  # no default
	new.flags.ignore_permissions = True  # below the permission check for what grants, sells or spends
	try:
		new.insert()
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
		frappe.clear_last_message()  # somebody else has made it meanwhile
	return open_wallet(customer, currency) or frappe.throw(
		_("The wallet of {0} is being made elsewhere. Try again.").format(customer)
	)


def _read(condition: str, values: tuple[object, ...], *, lock: str = " for update") -> WalletAccount | None:
	rows = frappe.db.sql(
		"select wallet.name wallet, wallet.customer, wallet.currency,"
		" cast(wallet.available as char) held_available, cast(wallet.pending as char) held_pending,"
		" cast(wallet.overage_used as char) overage,"
		f" wallet.entry_count, wallet.proof, {COLUMNS}, lot.sales_invoice from `tabPrepaid Wallet` wallet"
		f" left join `tabCredit Lot` lot on lot.wallet = wallet.name and lot.is_open = 1"
		f" where {condition} order by lot.sequence{lock}",
		values,
		as_dict=True,
	)
	if not rows:
		return None
	first = rows[0]
	account = WalletAccount(
		name=first.wallet,
		customer=first.customer,
		currency=first.currency,
		balance=Balance(sum_as_text(first.held_available), sum_as_text(first.held_pending)),
		overage=sum_as_text(first.overage),
		count=first.entry_count or 0,
		proof=first.proof or "",
	)
	account.add(held_lot(row) for row in rows if row.name)
	return account


def total_taken(entries: Iterable[Entry]) -> Decimal:
	"""What the entries take out of their lots, available and pending together."""
	return total_of(EXACT.minus(EXACT.add(entry.available, entry.pending)) for entry in entries)
