from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core import wallet
from paygent_billing.core.wallet import Balance, Entry, EntryKind, Lot, LotSource, Overage, Rollover

from .build import day

D = Decimal
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def granted(number: int, available: str, period_end: date | None = None, **fields: object) -> Lot:
	lot = Lot(
		f"lot-{number}", number, available=D(available), order="ORD-1", line="L1", period_end=period_end
	)
	return replace(lot, **fields)  # type: ignore[arg-type]


def bought(number: int, available: str, expires: date | None = None) -> Lot:
	return Lot(f"lot-{number}", number, LotSource.BOUGHT, D(available), expires=expires)


def taken(entries: list[Entry]) -> list[tuple[str, str]]:
	return [(entry.lot, str(-entry.available)) for entry in entries]


def test_wallet_spends_expiring_credits_first() -> None:
	lots = [bought(1, "5"), bought(2, "5", MAY), bought(3, "5", APRIL), granted(4, "5", day("2026-04-15"))]
	assert taken(wallet.draw(lots, D(18), used_from=MARCH)) == [
		("lot-3", "5"), ("lot-4", "5"), ("lot-2", "5"), ("lot-1", "3"),
	]  # fmt: skip


def test_wallet_spends_granted_credits_before_bought_ones_with_the_same_end() -> None:
	lots = [bought(1, "5"), granted(2, "5"), bought(3, "5", APRIL), granted(4, "5", APRIL)]
	order = [lot for lot, _ in taken(wallet.draw(lots, D(20), used_from=MARCH))]
	assert order == ["lot-4", "lot-3", "lot-2", "lot-1"]


def test_wallet_spends_the_oldest_of_equal_credits_first() -> None:
	lots = [bought(2, "5"), bought(1, "5"), bought(3, "5")]
	assert taken(wallet.draw(lots, D(7), used_from=MARCH)) == [("lot-1", "5"), ("lot-2", "2")]


def test_credits_that_rolled_over_are_spent_after_those_of_the_period() -> None:
	rolled = granted(1, "30", APRIL, rollover=Rollover(D(30)), is_rolled=True)
	fresh = granted(2, "100", MAY, rollover=Rollover(D(30)))
	assert taken(wallet.draw([rolled, fresh], D(120), used_from=APRIL)) == [("lot-2", "100"), ("lot-1", "20")]


def test_pending_credits_pay_nothing() -> None:
	lots = [Lot("lot-1", 1, pending=D(50))]
	assert wallet.draw(lots, D(10), used_from=MARCH) == []
	assert wallet.release(lots) == [Entry(EntryKind.RELEASE, "lot-1", D(50), D(-50))]


@pytest.mark.parametrize(("expires", "paid"), [("2026-03-01", []), ("2026-03-02", [("lot-1", "5")])])
def test_credits_pay_for_a_period_that_began_before_their_date(
	expires: str, paid: list[tuple[str, str]]
) -> None:
	"""F24: a date inside the period does not take credits from usage that is billed after it."""
	assert taken(wallet.draw([bought(1, "9", day(expires))], D(5), used_from=MARCH)) == paid


def test_credits_expire_when_usage_is_billed_up_to_their_date() -> None:
	lots = [bought(1, "9", APRIL), bought(2, "9", day("2026-04-02")), bought(3, "9"), bought(4, "0", MARCH)]
	assert wallet.expire(lots, billed_until=APRIL) == [Entry(EntryKind.EXPIRE, "lot-1", D(-9))]


@pytest.mark.parametrize(
	("rollover", "expired", "kept"),
	[
		(Rollover(D(0)), "50", "0"),
		(Rollover(None), "0", "50"),
		(Rollover(D(30)), "20", "30"),
		(Rollover(D(99)), "0", "50"),
	],
)
def test_rollover_decides_what_stays_of_a_period(rollover: Rollover, expired: str, kept: str) -> None:
	lots = [granted(1, "50", APRIL, rollover=rollover)]
	entries = wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=APRIL)
	lost = sum(-entry.available for entry in entries if entry.kind is EntryKind.EXPIRE)
	assert (lost, wallet.after(lots, entries)[0].available) == (D(expired), D(kept))


def test_lots_of_one_period_share_its_cap() -> None:
	capped = Rollover(D(30))
	lots = [granted(1, "20", APRIL, rollover=capped), granted(2, "20", APRIL, rollover=capped)]
	lots.append(granted(3, "40", MARCH, rollover=capped))
	after = wallet.after(lots, wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=APRIL))
	assert [lot.available for lot in after] == [D(20), D(10), D(30)]


def test_rollover_touches_only_granted_lots_of_the_line_whose_period_is_billed() -> None:
	"""F23: bought credits, other lines, other orders and running periods stay as they are."""
	lots = [
		bought(1, "9"),
		granted(2, "9", MAY),
		granted(3, "9", APRIL, line="L2"),
		granted(4, "9", APRIL, order="ORD-2"),
		granted(5, "9", APRIL, is_rolled=True),
		granted(6, "9", None),
		granted(7, "0", APRIL, pending=D(9)),
	]
	assert wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=APRIL) == []


def test_a_lot_rolls_over_once() -> None:
	lots = [granted(1, "50", APRIL, rollover=Rollover(D(30)))]
	lots = wallet.after(lots, wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=APRIL))
	assert wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=MAY) == []
	assert lots[0].available == D(30)


def test_credits_released_after_their_period_live_until_the_next_one_is_billed() -> None:
	lots = [granted(1, "0", APRIL, pending=D(50))]
	assert wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=APRIL) == []
	lots = wallet.after(lots, wallet.release(lots))
	assert taken(wallet.draw(lots, D(10), used_from=APRIL)) == [("lot-1", "10")]
	entries = wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=MAY)
	assert entries[0] == Entry(EntryKind.EXPIRE, "lot-1", D(-50))


def test_void_invoice_takes_back_pending_credits_and_leaves_available_ones() -> None:
	lots = [granted(1, "0", APRIL, pending=D(50)), granted(2, "7", APRIL)]
	assert wallet.reverse(lots) == [Entry(EntryKind.REVERSE, "lot-1", pending=D(-50))]


@pytest.mark.parametrize(
	("overage", "cost", "expected"),
	[(Overage.BILL, "99", True), (Overage.BLOCK, "10", True), (Overage.BLOCK, "10.01", False)],
)
def test_overage_decides_whether_usage_is_accepted(overage: Overage, cost: str, expected: bool) -> None:
	assert wallet.is_covered(Balance(D(10), D(50)), D(cost), overage) is expected


def test_rollover_cap_cannot_be_negative() -> None:
	with pytest.raises(ValueError, match="A rollover cap cannot be negative, as -1 is"):
		Rollover(D(-1))


# Laws under any sequence


@dataclass
class Book:
	"""A ledger that only appends, beside the lots that it makes."""

	opened: list[Lot] = field(default_factory=list)
	entries: list[Entry] = field(default_factory=list)

	@property
	def lots(self) -> list[Lot]:
		return wallet.after(self.opened, self.entries)

	def add(self, entries: list[Entry]) -> None:
		self.entries += entries


money = st.decimals(min_value=D("0.01"), max_value=1000, places=2)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
rollovers = st.sampled_from([Rollover(None), Rollover(D(0)), Rollover(D(5))])
moves = st.one_of(
	st.tuples(st.just("grant"), money, days, rollovers),
	st.tuples(st.just("buy"), money, st.none() | days, rollovers),
	st.tuples(st.just("draw"), money, days, rollovers),
	st.tuples(st.sampled_from(["release", "reverse", "roll", "expire"]), money, days, rollovers),
)


def move(book: Book, kind: str, amount: Decimal, when: date | None, rollover: Rollover) -> None:
	number, today = len(book.opened) + 1, when or date(2026, 6, 1)
	lots = book.lots
	match kind:
		case "grant":
			book.opened.append(
				Lot(f"lot-{number}", number, order="ORD-1", line="L1", period_end=today, rollover=rollover)
			)
			book.add([Entry(EntryKind.GRANT, f"lot-{number}", pending=amount)])
		case "buy":
			book.opened.append(Lot(f"lot-{number}", number, LotSource.BOUGHT, expires=when))
			book.add([Entry(EntryKind.GRANT, f"lot-{number}", available=amount)])
		case "draw":
			drawn = wallet.draw(lots, amount, used_from=today)
			usable = sum((lot.available for lot in lots if not lot.expires or lot.expires > today), D(0))
			assert -sum(entry.available for entry in drawn) == min(amount, usable)
			book.add(drawn)
		case "release":
			book.add(wallet.release(lots[-1:]))
		case "reverse":
			book.add(wallet.reverse(lots[:1]))
		case "roll":
			book.add(wallet.roll_over(lots, order="ORD-1", line="L1", billed_until=today))
		case "expire":
			book.add(wallet.expire(lots, billed_until=today))


@given(st.lists(moves, max_size=30))
def test_balance_is_the_sum_of_entries_and_no_lot_gives_more_than_it_holds(done: list) -> None:  # type: ignore[type-arg]
	"""F20: under any sequence of grants, releases, draws, rollovers, expiries and reversals."""
	book = Book()
	for kind, amount, when, rollover in done:
		move(book, kind, amount, when, rollover)
		assert wallet.balance_of(book.lots) == wallet.balance_of(book.entries)
		assert all(lot.available >= 0 and lot.pending >= 0 for lot in book.lots)
	given_out = sum(
		(row.available + row.pending for row in book.entries if row.kind is EntryKind.GRANT), D(0)
	)
	drawn = -sum((row.available for row in book.entries if row.kind is EntryKind.DRAW), D(0))
	assert drawn <= given_out


@given(st.lists(moves, max_size=20))
def test_doing_it_twice_changes_nothing_more(done: list) -> None:  # type: ignore[type-arg]
	book = Book()
	for kind, amount, when, rollover in done:
		move(book, kind, amount, when, rollover)
		if kind in ("release", "reverse", "roll", "expire"):
			before = book.lots
			move(book, kind, amount, when, rollover)
			assert book.lots == before


@given(st.lists(st.tuples(money, st.none() | days), max_size=6), money, money)
def test_drawing_in_two_goes_takes_the_same_lots(lots: list, one: Decimal, other: Decimal) -> None:  # type: ignore[type-arg]
	held = [bought(number, str(amount), expires) for number, (amount, expires) in enumerate(lots, 1)]
	start = date(2026, 6, 1)
	first = wallet.after(held, wallet.draw(held, one, used_from=start))
	second = wallet.after(first, wallet.draw(first, other, used_from=start))
	assert second == wallet.after(held, wallet.draw(held, one + other, used_from=start))


def test_unchanged_lots_stay_themselves() -> None:
	lots = [bought(1, "5"), bought(2, "5", MAY + timedelta(days=1))]
	assert wallet.after(lots, []) == lots


def test_a_refund_takes_back_what_is_unspent_pending_first_and_no_more() -> None:
	lots = [replace(granted(1, "10"), pending=D(5)), granted(2, "20", APRIL)]
	entries = wallet.take_back(lots, D(30))
	assert [(entry.lot, entry.available, entry.pending) for entry in entries] == [
		("lot-1", D(-10), D(-5)),
		("lot-2", D(-15), D(0)),
	]
	assert wallet.balance_of(wallet.take_back(lots, D(99))) == Balance(D(-30), D(-5))
	assert wallet.take_back(lots, D(0)) == []


def test_draws_are_told_apart_by_where_the_credits_came_from() -> None:
	lots = [bought(1, "5"), granted(2, "3"), bought(3, "4")]
	draws = wallet.draw(lots, D(10), used_from=MARCH)
	assert wallet.drawn_by_source(lots, draws) == {LotSource.GRANTED: D(3), LotSource.BOUGHT: D(7)}
	assert wallet.drawn_by_source(lots, []) == {}


def test_reserved_credits_cover_no_other_usage() -> None:
	balance = Balance(D(10))
	assert wallet.is_covered(balance, D(6), Overage.BLOCK, reserved=D(4))
	assert not wallet.is_covered(balance, D("6.01"), Overage.BLOCK, reserved=D(4))
	assert wallet.is_covered(balance, D(60), Overage.BILL, reserved=D(4))
