"""Random lives of orders, lived by the engine and by a day-by-day model that knows nothing of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from paygent_billing.core.invoicing import Charge, Timing
from paygent_billing.core.money import Currency
from paygent_billing.core.period import Interval, Unit
from paygent_billing.core.pricing import Graduated

from ..account import Account
from ..build import minimum, order, platform, seats, setup, sum_of, tier, usage
from ..oracle import Agreed, Grid, Oracle, Plan

PLANS = {
	"Basic": Plan("Basic", "100", "12.50", "0.03", "0.02", setup="20"),
	"Plus": Plan("Plus", "160", "10", "0.045", "0.01", minimum="5"),
	"Later": Plan("Later", "90", "7.77", "0.1", "0", in_arrears=True),
}
YEARLY = {
	"Yearly": Plan("Yearly", "999.99", "100", "0.03", "0.015", minimum="3", setup="1", months=12),
	"Yearly later": Plan("Yearly later", "1200", "77", "0.02", "0.01", in_arrears=True, months=12),
}
ALL = PLANS | YEARLY


@dataclass(frozen=True)
class Happening:
	"""What is done, how many days after the one before, and whether the run of that day comes first."""

	days: int
	do: str
	plan: str
	seats: int
	is_after_run: bool


@dataclass(frozen=True)
class Life:
	grid: Grid
	plan: str
	seats: int
	happenings: tuple[Happening, ...]
	uses: tuple[tuple[int, int], ...]
	is_daily: bool
	lost_runs: frozenset[int]
	returns: tuple[bool, bool]
	decimals: int


def grids() -> st.SearchStrategy[Grid]:
	starts = st.dates(date(2026, 1, 1), date(2028, 3, 31))
	by_month = st.builds(
		Grid, starts, st.sampled_from([1, 2, 10, 15, 28, 29, 30, 31]), st.sampled_from([1, 1, 1, 3, 12])
	)
	by_days = st.builds(Grid, starts, st.just(1), st.just(0), st.sampled_from([1, 7, 14]))
	return st.one_of(by_month, by_month, by_month, by_days)


@st.composite
def lives(draw: st.DrawFn) -> Life:
	grid = draw(grids())
	plans = sorted(PLANS if grid.days else ALL)
	happening = st.builds(
		Happening,
		st.one_of(st.integers(0, 12), st.integers(0, 70)),
		st.sampled_from(["change", "change", "seats", "pause", "resume", "add", "remove"]),
		st.sampled_from(plans),
		st.integers(0, 9),
		st.booleans(),
	)
	return Life(
		grid,
		draw(st.sampled_from(plans)),
		draw(st.integers(0, 9)),
		tuple(draw(st.lists(happening, max_size=8))),
		tuple(draw(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 120)), max_size=8))),
		draw(st.booleans()),
		draw(st.frozensets(st.integers(0, 60), max_size=30)),
		draw(st.tuples(st.booleans(), st.booleans())),
		draw(st.sampled_from([0, 2, 3])),
	)


def charges_of(plan: Plan) -> tuple[Charge, ...]:
	timing = Timing.ARREARS if plan.in_arrears else Timing.ADVANCE
	tiers = Graduated((tier("100", plan.rate), tier(None, plan.over_100)))
	made = [platform(plan.platform, timing=timing), seats(plan.seat, timing=timing), usage(tiers)]
	made += [minimum(plan.minimum)] if plan.minimum != "0" else []
	made += [setup(plan.setup)] if plan.setup != "0" else []
	return tuple(made)


class Both:
	"""The engine and the oracle, told the same. What makes no sense at that moment is left out."""

	def __init__(self, life: Life) -> None:
		grid, plan = life.grid, ALL[life.plan]
		interval = Interval(Unit.DAY, grid.days) if grid.days else Interval(Unit.MONTH, grid.months)
		terms = order(
			grid.start,
			*charges_of(plan),
			interval=interval,
			billing_day=grid.billing_day,
			first=fields_of(plan, life.seats),
			currency=Currency("XXX", life.decimals),
			credits_paused_days=life.returns[0],
			credits_on_end=life.returns[1],
		)
		self.account = Account(terms)
		self.oracle = Oracle(grid, *life.returns, decimals=life.decimals)
		self.oracle.agree(grid.start, "L1", Agreed(plan, life.seats))
		self.now = {"L1": Agreed(plan, life.seats)}
		self.names = ["L1"]
		self.is_paused = False
		self.paused_on: date | None = None

	def happen(self, day: date, what: Happening) -> None:
		note(f"{day} {what}")
		getattr(self, f"_{what.do}")(day, what)

	def bill(self, day: date) -> None:
		self.account.bill(day)
		self.oracle.bill(day)

	def _change(self, day: date, what: Happening) -> None:
		line = self.names[-1]
		if line in self.now:
			self._agree(day, line, Agreed(ALL[what.plan], what.seats))

	def _seats(self, day: date, what: Happening) -> None:
		for line in self.now:
			self._agree(day, line, Agreed(self.now[line].plan, what.seats))

	def _agree(self, day: date, line: str, agreed: Agreed) -> None:
		self.now[line] = agreed
		self.account.change(day, *charges_of(agreed.plan), line=line, **fields_of(agreed.plan, agreed.seats))
		self.oracle.agree(day, line, agreed)

	def _add(self, day: date, what: Happening) -> None:
		line, agreed = f"L{len(self.names) + 1}", Agreed(ALL[what.plan], what.seats)
		self.names.append(line)
		self.now[line] = agreed
		self.account.add_line(day, line, *charges_of(agreed.plan), **fields_of(agreed.plan, agreed.seats))
		self.oracle.agree(day, line, agreed)

	def _remove(self, day: date, what: Happening) -> None:
		line = self.names[-1]
		if line in self.now and min(self.oracle.agreed[line]) < day:
			del self.now[line]
			self.account.remove_line(day, line)
			self.oracle.agree(day, line, None)

	def _pause(self, day: date, what: Happening) -> None:
		if not self.is_paused:
			self.is_paused, self.paused_on = True, day
			self.account.pause(day)
			self.oracle.pause(day)

	def _resume(self, day: date, what: Happening) -> None:
		if self.is_paused and day != self.paused_on:
			self.is_paused = False
			self.account.resume(day)
			self.oracle.resume(day)


def fields_of(plan: Plan, number: int) -> dict[str, Any]:
	interval = Interval(Unit.MONTH, plan.months) if plan.months else None
	return {"seats": number, "plan": plan.name, "interval": interval}


def live(life: Life) -> Both:
	both, day, number = Both(life), life.grid.start, 0
	uses = [(life.grid.start + timedelta(days=after), quantity) for after, quantity in life.uses]
	for use_day, quantity in uses:
		both.account.use(use_day, quantity)
		both.oracle.use(use_day, "L1", quantity)
	for what in life.happenings:
		for _ in range(what.days):
			number = run(both, life, day, number)
			day += timedelta(days=1)
		if what.is_after_run:
			number = run(both, life, day, number)
		both.happen(day, what)
	number = run(both, life, day, number)
	note(f"{day} end")
	both.account.end(day)
	both.oracle.end(day)
	both.bill(day + timedelta(days=1))
	return both


def run(both: Both, life: Life, day: date, number: int) -> int:
	"""A run on the day, unless runs are down."""
	if life.is_daily or (number not in life.lost_runs and number % 17 == 0):
		both.bill(day)
	return number + 1


@given(lives())
def test_fees_come_to_what_the_days_of_service_cost(life: Life) -> None:
	both = live(life)
	sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
	parts: dict[tuple[str, str], int] = defaultdict(int)
	for line in both.account.lines:
		if line.charge in ("platform", "seats", "setup"):
			sums[str(line.line), line.charge] += line.amount
			parts[str(line.line), line.charge] += 1
	unit = Fraction(1, 10**life.decimals)
	for name in both.names:
		for fee in ("platform", "seats", "setup"):
			apart = abs(both.oracle.fee_total(name, fee) - Fraction(sums[name, fee]))
			assert apart <= unit * parts[name, fee], (
				name,
				fee,
				sums[name, fee],
				both.oracle.fee_total(name, fee),
			)


@given(lives())
def test_every_life_ends_closed_with_nothing_pending_and_invoices_that_add_up(life: Life) -> None:
	account = live(life).account
	assert account.position.is_closed or not account.terms.spans
	dates = [step.date for step in account.steps]
	assert dates == sorted(dates) and len(set(dates)) >= len(dates) - 1
	for billing in account.billings:
		assert billing.draft.total == sum_of(billing.draft.lines) >= 0
	owed = account.billings[-1].credit_note if account.billings else 0
	assert (account.pending == []) or not account.terms.spans
	paid = sum((billing.draft.total for billing in account.billings), Decimal(0))
	charged = sum_of(line for line in account.lines if line.charge != "carry_forward")
	assert paid - owed == charged


@given(lives())
def test_usage_and_minimums_are_those_of_the_days_exactly(life: Life) -> None:
	both = live(life)
	billed = {
		(str(line.line), line.charge, line.period.start): (int(line.quantity), line.amount)
		for line in both.account.lines
		if line.period and line.charge in ("calls", "commit")
	}
	assert billed == both.oracle.usage_parts()
	assert len(billed) == len(both.account.lines_of("calls")) + len(both.account.lines_of("commit"))
