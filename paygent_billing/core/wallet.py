"""Prepaid credits: lots of money, granted or bought, that usage draws on. Every function returns entries
to add.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum

from paygent_billing.core.money import EXACT, ZERO, total_of


class LotSource(str, Enum):
	GRANTED = "granted"
	BOUGHT = "bought"


class EntryKind(str, Enum):
	"""Why a wallet's balance moved."""

	GRANT = "grant"
	RELEASE = "release"
	DRAW = "draw"
	EXPIRE = "expire"
	ROLL_OVER = "roll_over"
	REVERSE = "reverse"
	RESTORE = "restore"
	PURCHASE = "purchase"
	TAKE_BACK = "take_back"
	OVERAGE = "overage"


class Overage(str, Enum):
	BILL = "bill"
	BLOCK = "block"


@dataclass(frozen=True)
class Rollover:
	"""What stays of a period's unused granted credits: nothing (`cap` 0), all (`cap` None), or at most
	`cap`.
	"""

	cap: Decimal | None = ZERO

	def __post_init__(self) -> None:
		if self.cap is not None and self.cap < 0:
			raise ValueError(f"A rollover cap cannot be negative, as {self.cap} is")


NO_ROLLOVER = Rollover(ZERO)


@dataclass(frozen=True)
class Lot:
	"""One grant or purchase: what of it is pending and what available. Amounts are money.

	`order` and `line` name the order line that granted it and `period_end` the day after the last day of its
	period, from which on, once that period's usage is billed, its rollover is due. `expires` is the first
	day on which it is worth nothing. `granted` is what it held at first.
	"""

	id: str
	sequence: int
	source: LotSource = LotSource.GRANTED
	available: Decimal = ZERO
	pending: Decimal = ZERO
	order: str | None = None
	line: str | None = None
	period_end: date | None = None
	expires: date | None = None
	rollover: Rollover = NO_ROLLOVER
	is_rolled: bool = False
	granted: Decimal = ZERO

	@property
	def drawn_by(self) -> tuple[date, int, int]:
		"""The order of drawing: what expires soonest, granted before bought, then the oldest."""
		return self._expected_end, 0 if self.source is LotSource.GRANTED else 1, self.sequence

	@property
	def _expected_end(self) -> date:
		ends = [self.expires] if self.expires else []
		if self.period_end and not self.is_rolled and self.rollover.cap is not None:
			ends.append(self.period_end)
		return min(ends, default=date.max)


@dataclass(frozen=True)
class Entry:
	"""A movement of one lot: the amounts by which its available and its pending credits change.

	Overage belongs to no lot: usage that an invoice bills because the credits did not cover it.
	"""

	kind: EntryKind
	lot: str
	available: Decimal = ZERO
	pending: Decimal = ZERO
	overage: Decimal = ZERO


@dataclass(frozen=True)
class Balance:
	available: Decimal = ZERO
	pending: Decimal = ZERO


def balance_of(entries: Iterable[Entry | Lot]) -> Balance:
	"""The sum of the entries, which is the sum of the lots."""
	rows = list(entries)
	return Balance(total_of(row.available for row in rows), total_of(row.pending for row in rows))


def draw(lots: Sequence[Lot], wanted: Decimal, *, used_from: date) -> list[Entry]:
	"""Takes up to `wanted` for usage that began on `used_from`, never more than a lot holds.

	A lot whose date lies after that day still pays: credits outlive their date until its usage is billed.
	"""
	entries, missing = [], wanted
	for lot in sorted(lots, key=lambda lot: lot.drawn_by):
		taken = min(missing, lot.available)
		if taken <= 0 or (lot.expires and lot.expires <= used_from):
			continue
		entries.append(Entry(EntryKind.DRAW, lot.id, available=-taken))
		missing = EXACT.subtract(missing, taken)
	return entries


def drawn_by_source(lots: Sequence[Lot], entries: Iterable[Entry]) -> dict[LotSource, Decimal]:
	"""What the draws among the entries took, by whether it was granted or bought; nothing, no key."""
	sources = {lot.id: lot.source for lot in lots}
	draws = [entry for entry in entries if entry.kind is EntryKind.DRAW]
	drawn = {
		source: total_of(EXACT.minus(entry.available) for entry in draws if sources[entry.lot] is source)
		for source in LotSource
	}
	return {source: amount for source, amount in drawn.items() if amount}


def take_back(lots: Sequence[Lot], wanted: Decimal) -> list[Entry]:
	"""Takes up to `wanted` of what is unspent in the lots of a refunded invoice, pending credits first, then
	those that drawing would take last. What is spent cannot be taken back.
	"""
	entries, missing = [], wanted
	for lot in sorted(lots, key=lambda lot: lot.drawn_by, reverse=True):
		pending = min(missing, lot.pending)
		available = min(EXACT.subtract(missing, pending), lot.available)
		taken = EXACT.add(pending, available)
		if taken > 0:
			entries.append(Entry(EntryKind.TAKE_BACK, lot.id, EXACT.minus(available), EXACT.minus(pending)))
			missing = EXACT.subtract(missing, taken)
	return entries


def after(lots: Sequence[Lot], entries: Sequence[Entry]) -> list[Lot]:
	"""The lots with the entries applied."""
	return [_apply(lot, [entry for entry in entries if entry.lot == lot.id]) for lot in lots]


def _apply(lot: Lot, entries: list[Entry]) -> Lot:
	if not entries:
		return lot
	moved = balance_of([lot, *entries])
	is_rolled = lot.is_rolled or any(entry.kind is EntryKind.ROLL_OVER for entry in entries)
	return replace(lot, available=moved.available, pending=moved.pending, is_rolled=is_rolled)


def release(lots: Sequence[Lot]) -> list[Entry]:
	"""The invoice that granted these lots is paid: what is pending becomes available."""
	return [Entry(EntryKind.RELEASE, lot.id, lot.pending, -lot.pending) for lot in lots if lot.pending]


def reverse(lots: Sequence[Lot]) -> list[Entry]:
	"""The invoice that granted these lots is void: what is pending is taken back."""
	return [Entry(EntryKind.REVERSE, lot.id, pending=-lot.pending) for lot in lots if lot.pending]


def roll_over(lots: Sequence[Lot], *, order: str, line: str, billed_until: date) -> list[Entry]:
	"""The line's usage is billed up to that date: what becomes of its own lots whose period lies before it.

	A lot is rolled once. One that is still pending waits for the run after its release, a spent one needs
	none.
	"""
	due = [lot for lot in lots if _is_due_for_rollover(lot, order, line, billed_until)]
	entries: list[Entry] = []
	for period_end in sorted({lot.period_end for lot in due if lot.period_end}):
		entries += _roll_period([lot for lot in due if lot.period_end == period_end])
	return entries


def _is_due_for_rollover(lot: Lot, order: str, line: str, billed_until: date) -> bool:
	is_own = lot.source is LotSource.GRANTED and (lot.order, lot.line) == (order, line)
	is_over = lot.period_end is not None and lot.period_end <= billed_until
	return is_own and is_over and not lot.is_rolled and lot.available > 0


def _roll_period(lots: list[Lot]) -> list[Entry]:
	"""The lots of one period share one cap; what drawing would take last is what stays longest."""
	entries, room = [], lots[0].rollover.cap
	for lot in sorted(lots, key=lambda lot: lot.sequence):
		kept = lot.available if room is None else min(lot.available, room)
		room = None if room is None else EXACT.subtract(room, kept)
		lost = EXACT.subtract(lot.available, kept)
		if lost > 0:
			entries.append(Entry(EntryKind.EXPIRE, lot.id, available=-lost))
		entries.append(Entry(EntryKind.ROLL_OVER, lot.id))
	return entries


def expire(lots: Sequence[Lot], *, billed_until: date) -> list[Entry]:
	"""What is still available in lots whose date has come, once usage is billed up to that date."""
	return [
		Entry(EntryKind.EXPIRE, lot.id, available=-lot.available)
		for lot in lots
		if lot.expires and lot.expires <= billed_until and lot.available > 0
	]


def share_used(available: Decimal, used: Decimal, shares: Sequence[int]) -> int:
	"""The first of the percentages, the largest standing first, that the use has reached; 0 for none of them,
	or when nothing is available.
	"""
	if available <= 0:
		return 0
	used_share = EXACT.divide(EXACT.multiply(used, Decimal(100)), available)
	return next((share for share in shares if used_share >= share), 0)


def is_covered(balance: Balance, cost: Decimal, overage: Overage, *, reserved: Decimal = ZERO) -> bool:
	"""Whether usage that brings the unbilled cost to `cost` may be accepted, beside what is reserved."""
	return overage is Overage.BILL or EXACT.add(cost, reserved) <= balance.available
