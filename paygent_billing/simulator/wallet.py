"""Prepaid wallets: lots and their entries, as the core decides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core import wallet
from paygent_billing.core.invoicing import OrderTerms
from paygent_billing.core.money import EXACT, total_of
from paygent_billing.core.period import Period
from paygent_billing.core.wallet import Balance, Entry, EntryKind, Lot, LotSource, Rollover
from paygent_billing.simulator.rows import optional_date
from paygent_billing.simulator.store import Store


def lots_of(store: Store, customer: str) -> list[Lot]:
	"""The customer's lots that hold anything, available or pending."""
	return [_lot(row) for row in store.all("SELECT * FROM lot WHERE customer = ? AND is_spent = 0", customer)]


def balance(store: Store, customer: str) -> Balance:
	return wallet.balance_of(lots_of(store, customer))


def balances(store: Store) -> dict[str, Balance]:
	"""The wallets of all customers that ever had an entry, summed up from the entries, by customer."""
	found: dict[str, Balance] = {}
	for row in store.execute(
		"SELECT customer, entry.available, entry.pending FROM wallet_entry entry "
		"JOIN lot ON lot.id = entry.lot"
	):
		known = found.get(row["customer"], Balance())
		found[row["customer"]] = Balance(
			EXACT.add(known.available, Decimal(row["available"])),
			EXACT.add(known.pending, Decimal(row["pending"])),
		)
	return dict(sorted(found.items()))


def post(
	store: Store, lots: Sequence[Lot], entries: Sequence[Entry], *, cause: str, billing: int | None = None
) -> None:
	"""Adds the entries, which have the cause in common, and brings their lots up to date."""
	for number, entry in enumerate(entries):
		store.insert(
			"wallet_entry",
			lot=int(entry.lot),
			kind=entry.kind.value,
			available=str(entry.available),
			pending=str(entry.pending),
			cause=f"{cause}, {number}",
			billing=billing,
		)
	moved = {entry.lot for entry in entries}
	for lot in wallet.after([lot for lot in lots if lot.id in moved], entries):
		store.execute(
			"UPDATE lot SET available = ?, pending = ?, is_rolled = ?, is_spent = ? WHERE id = ?",
			str(lot.available),
			str(lot.pending),
			lot.is_rolled,
			not lot.available and not lot.pending,
			int(lot.id),
		)


@dataclass(frozen=True)
class Grant:
	"""Credits of an order line for a period, and the invoice with which they come; None for none.

	They are available at once without one, or where it is paid already.
	"""

	line: str | None
	amount: Decimal
	period: Period | None
	granted_on: date
	invoice: int | None
	is_paid: bool = False


def grant_to_line(store: Store, terms: OrderTerms, grant: Grant, *, cause: str) -> None:
	"""The credits are pending until the invoice is paid, or available at once."""
	invoice, amount = grant.invoice, grant.amount
	order_line = next(known for known in terms.lines if known.id == grant.line)
	rollover, expires = order_line.rollover, order_line.credits_expire(grant.granted_on)
	lot = open_lot(
		store,
		terms.customer,
		order_id=terms.id,
		line=grant.line,
		period_end=grant.period.end.isoformat() if grant.period else None,
		rollover_cap=None if rollover.cap is None else str(rollover.cap),
		expires=expires.isoformat() if expires else None,
		invoice=invoice,
		granted=str(amount),
	)
	is_free = invoice is None or grant.is_paid
	amounts = {"available": amount} if is_free else {"pending": amount}
	post(store, [lot], [Entry(EntryKind.GRANT, lot.id, **amounts)], cause=cause)


def grant_by_hand(store: Store, customer: str, amount: Decimal, expires: date | None, *, cause: str) -> None:
	"""Credits that are available at once and belong to no order."""
	lot = open_lot(store, customer, expires=expires.isoformat() if expires else None)
	post(store, [lot], [Entry(EntryKind.GRANT, lot.id, available=amount)], cause=cause)


def buy(
	store: Store, customer: str, amount: Decimal, expires: date | None, *, invoice: int, cause: str
) -> None:
	"""Credits that become available when their invoice is paid."""
	lot = open_lot(
		store,
		customer,
		source=LotSource.BOUGHT.value,
		expires=expires.isoformat() if expires else None,
		invoice=invoice,
		granted=str(amount),
	)
	post(store, [lot], [Entry(EntryKind.PURCHASE, lot.id, pending=amount)], cause=cause)


def take_back(store: Store, invoice: int, wanted: Decimal, *, cause: str) -> Decimal:
	"""Takes unspent credits of a refunded invoice back. Returns how much was."""
	lots = _lots_of_invoice(store, invoice)
	entries = wallet.take_back(lots, wanted)
	post(store, lots, entries, cause=cause)
	moved = wallet.balance_of(entries)
	return EXACT.minus(EXACT.add(moved.available, moved.pending))


def granted_by(store: Store, invoice: int) -> Decimal:
	"""What the invoice's lots held at first."""
	return total_of(lot.granted for lot in _lots_of_invoice(store, invoice))


def expire_without_orders(store: Store, today: date, *, cause: str) -> None:
	"""Credits whose date has come expire, also where no order is billed any more that would see to it."""
	rows = store.all(
		"SELECT DISTINCT customer FROM lot WHERE is_spent = 0 AND expires <= ? AND NOT EXISTS (SELECT 1 FROM"
		" billing_order WHERE billing_order.customer = lot.customer AND next_date IS NOT NULL)"
		" ORDER BY customer",
		today.isoformat(),
	)
	for row in rows:
		lots = lots_of(store, row["customer"])
		entries = wallet.expire(lots, billed_until=today)
		post(store, lots, entries, cause=f"{cause}, {row['customer']}")


def open_lot(store: Store, customer: str, **values: Any) -> Lot:
	"""A lot without entries; who opens it adds the first."""
	values.setdefault("rollover_cap", "0")
	values.setdefault("source", LotSource.GRANTED.value)
	number = store.insert(
		"lot",
		customer=customer,
		available="0",
		pending="0",
		is_rolled=False,
		is_spent=True,
		**values,
	)
	return Lot(str(number), number, LotSource(values["source"]))


def release(store: Store, invoice: int) -> None:
	"""The invoice is paid: the credits that came with it become available."""
	lots = _lots_of_invoice(store, invoice)
	post(store, lots, wallet.release(lots), cause=f"invoice {invoice} paid")


def reverse(store: Store, invoice: int, billing: int) -> None:
	"""The invoice is void: its pending credits are taken back, the credits that it drew are restored."""
	lots = _lots_of_invoice(store, invoice)
	post(store, lots, wallet.reverse(lots), cause=f"invoice {invoice} void")
	restore(store, billing, cause=f"invoice {invoice} restored")


def restore(store: Store, billing: int, *, cause: str) -> None:
	"""The credits that the billing drew are back in their lots."""
	drawn = store.all(
		"SELECT lot, available FROM wallet_entry WHERE billing = ? AND kind = ?",
		billing,
		EntryKind.DRAW.value,
	)
	restored = [
		Entry(EntryKind.RESTORE, str(row["lot"]), available=-Decimal(row["available"])) for row in drawn
	]
	post(store, _lots(store, (row["lot"] for row in drawn)), restored, cause=cause)


def _lots_of_invoice(store: Store, invoice: int) -> list[Lot]:
	return [_lot(row) for row in store.all("SELECT * FROM lot WHERE invoice = ?", invoice)]


def _lots(store: Store, numbers: Iterable[int]) -> list[Lot]:
	rows = (store.one("SELECT * FROM lot WHERE id = ?", number) for number in numbers)
	return [_lot(row) for row in rows if row]


def _lot(row: Any) -> Lot:
	cap = row["rollover_cap"]
	return Lot(
		id=str(row["id"]),
		sequence=row["id"],
		source=LotSource(row["source"]),
		available=Decimal(row["available"]),
		pending=Decimal(row["pending"]),
		order=row["order_id"],
		line=row["line"],
		period_end=optional_date(row["period_end"]),
		expires=optional_date(row["expires"]),
		rollover=Rollover(None if cap is None else Decimal(cap)),
		is_rolled=bool(row["is_rolled"]),
		granted=Decimal(row["granted"]),
	)
