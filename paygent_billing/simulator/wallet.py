"""Prepaid wallets: lots and their entries, as the core decides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core import wallet
from paygent_billing.core.invoicing import InvoiceLine, OrderTerms
from paygent_billing.core.money import EXACT
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


def grant_with_fee(
	store: Store, terms: OrderTerms, line: InvoiceLine, *, cause: str, invoice: int | None
) -> None:
	"""The credits that come with a billed fee: pending until the invoice is paid, at once without one."""
	rollover = next(known.rollover for known in terms.lines if known.id == line.line)
	lot = open_lot(
		store,
		terms.customer,
		order_id=terms.id,
		line=line.line,
		period_end=line.period.end.isoformat() if line.period else None,
		rollover_cap=None if rollover.cap is None else str(rollover.cap),
		invoice=invoice,
	)
	amounts = {"available": line.credits} if invoice is None else {"pending": line.credits}
	post(store, [lot], [Entry(EntryKind.GRANT, lot.id, **amounts)], cause=cause)


def grant_by_hand(store: Store, customer: str, amount: Decimal, expires: date | None, *, cause: str) -> None:
	"""Credits that are available at once and belong to no order."""
	lot = open_lot(store, customer, expires=expires.isoformat() if expires else None)
	post(store, [lot], [Entry(EntryKind.GRANT, lot.id, available=amount)], cause=cause)


def open_lot(store: Store, customer: str, **values: Any) -> Lot:
	"""A lot without entries; who opens it adds the first."""
	values.setdefault("rollover_cap", "0")
	source = LotSource.GRANTED.value
	number = store.insert(
		"lot",
		customer=customer,
		source=source,
		available="0",
		pending="0",
		is_rolled=False,
		is_spent=True,
		**values,
	)
	return Lot(str(number), number)


def release(store: Store, invoice: int) -> None:
	"""The invoice is paid: the credits that came with it become available."""
	lots = _lots_of_invoice(store, invoice)
	post(store, lots, wallet.release(lots), cause=f"invoice {invoice} paid")


def reverse(store: Store, invoice: int, billing: int) -> None:
	"""The invoice is void: its pending credits are taken back, the credits that it drew are restored."""
	lots = _lots_of_invoice(store, invoice)
	post(store, lots, wallet.reverse(lots), cause=f"invoice {invoice} void")
	drawn = store.all(
		"SELECT lot, available FROM wallet_entry WHERE billing = ? AND kind = ?",
		billing,
		EntryKind.DRAW.value,
	)
	restored = [
		Entry(EntryKind.RESTORE, str(row["lot"]), available=-Decimal(row["available"])) for row in drawn
	]
	post(store, _lots(store, (row["lot"] for row in drawn)), restored, cause=f"invoice {invoice} restored")


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
	)
