from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import (
	BillingStep,
	OrderPosition,
	OrderTerms,
	Pause,
	StepKind,
	backlog,
	next_step,
)

from ..build import DAY, MONTH, QUARTER, WEEK, YEAR, day, order, period, platform

INTERVALS = [MONTH, QUARTER, YEAR, WEEK, DAY]


def steps(terms: OrderTerms, until: str) -> list[BillingStep]:
	return list(backlog(terms, OrderPosition(), day(until)))


def dates(terms: OrderTerms, until: str) -> list[str]:
	return [step.date.isoformat() for step in steps(terms, until)]


@pytest.mark.parametrize(
	("start", "billing_day", "interval", "first", "expected"),
	[
		("2026-01-15", 1, MONTH, None, ["2026-01-15", "2026-02-01", "2026-03-01"]),
		("2026-01-31", 31, MONTH, None, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
		("2026-02-10", 30, MONTH, None, ["2026-02-10", "2026-02-28", "2026-03-30", "2026-04-30"]),
		("2026-01-15", 1, QUARTER, None, ["2026-01-15", "2026-02-01", "2026-05-01"]),
		("2026-02-15", 1, QUARTER, "2026-04-01", ["2026-02-15", "2026-04-01", "2026-07-01"]),
		("2026-01-15", 1, YEAR, None, ["2026-01-15", "2026-02-01", "2027-02-01"]),
		("2026-02-15", 1, YEAR, "2027-01-01", ["2026-02-15", "2027-01-01", "2028-01-01"]),
		("2026-01-15", 1, WEEK, None, ["2026-01-15", "2026-01-22", "2026-01-29"]),
		("2028-02-28", 1, DAY, None, ["2028-02-28", "2028-02-29", "2028-03-01"]),
	],
)
def test_billing_dates_of_an_order(
	start: str, billing_day: int, interval: object, first: str | None, expected: list[str]
) -> None:
	terms = order(
		start,
		platform("1"),
		interval=interval,  # type: ignore[arg-type]
		billing_day=billing_day,
		first_billing_date=day(first) if first else None,
	)
	assert dates(terms, expected[-1]) == expected


def test_each_step_bills_the_period_behind_and_the_period_ahead() -> None:
	first, second = steps(order("2026-01-15", platform("1")), "2026-02-01")
	january, february = period("2026-01-15", "2026-02-01"), period("2026-02-01", "2026-03-01")
	assert first == BillingStep(day("2026-01-15"), StepKind.CYCLE, None, january)
	assert second == BillingStep(day("2026-02-01"), StepKind.CYCLE, january, february)


def test_order_closes_on_the_day_after_its_last_day() -> None:
	terms = order("2026-01-15", platform("1"), end=day("2026-02-11"))
	first, second, closing = steps(terms, "2026-12-31")
	assert first.advance == period("2026-01-15", "2026-02-01")
	assert second.advance == period("2026-02-01", "2026-02-11")
	expected = BillingStep(day("2026-02-11"), StepKind.CLOSING, period("2026-02-01", "2026-02-11"), None)
	assert closing == expected


def test_order_that_ends_with_its_period_is_closed_without_a_further_cycle() -> None:
	made = steps(order("2026-01-01", platform("1"), end=day("2026-02-01")), "2026-12-31")
	assert [(step.date.isoformat(), step.kind.value) for step in made] == [
		("2026-01-01", "cycle"),
		("2026-02-01", "closing"),
	]


def test_closed_order_has_no_further_step() -> None:
	assert next_step(order("2026-01-01", platform("1")), OrderPosition(is_closed=True)) is None


def test_order_without_a_day_of_service_has_no_step() -> None:
	terms = order("2026-01-01", platform("1"), end=day("2026-01-05"), pauses=(Pause(day("2026-01-01")),))
	assert next_step(terms, OrderPosition()) is None


def test_end_dated_before_what_is_billed_closes_on_the_last_billing_date() -> None:
	terms = order("2026-01-01", platform("1"), end=day("2026-02-10"))
	step = next_step(terms, OrderPosition(billed_on=day("2026-03-01"), paid_until=day("2026-04-01"), steps=3))
	assert step == BillingStep(day("2026-03-01"), StepKind.CLOSING, None, None)


def test_pause_has_no_billing_date_and_the_billing_day_stays() -> None:
	terms = order("2026-02-01", platform("1"), pauses=(Pause(day("2026-03-11"), day("2026-04-16")),))
	made = steps(terms, "2026-06-01")
	assert [step.date.isoformat() for step in made] == [
		"2026-02-01", "2026-03-01", "2026-04-16", "2026-05-01", "2026-06-01",
	]  # fmt: skip
	assert made[1].advance == period("2026-03-01", "2026-03-11")
	assert made[2].arrears == period("2026-03-01", "2026-03-11")
	assert made[2].advance == period("2026-04-16", "2026-05-01")


def test_paused_order_still_bills_the_dates_from_before_the_pause() -> None:
	terms = order("2026-01-01", platform("1"), pauses=(Pause(day("2026-03-11")),))
	assert dates(terms, "2027-01-01") == ["2026-01-01", "2026-02-01", "2026-03-01"]


def test_order_that_ends_while_paused_bills_what_is_left_in_its_closing_step() -> None:
	terms = order("2026-03-01", platform("1"), pauses=(Pause(day("2026-03-11")),), end=day("2026-05-20"))
	closing = steps(terms, "2026-12-31")[-1]
	assert (closing.date, closing.kind) == (day("2026-05-20"), StepKind.CLOSING)
	assert closing.arrears == period("2026-03-01", "2026-03-11")


starts = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(starts, st.integers(1, 31), st.sampled_from(INTERVALS), st.integers(1, 48))
def test_periods_billed_ahead_and_behind_tile_the_days_of_service(
	start: date, billing_day: int, interval: object, number: int
) -> None:
	"""F3: contiguous, no overlap, no gap, in advance and in arrears."""
	terms = order(start, platform("1"), interval=interval, billing_day=billing_day)  # type: ignore[arg-type]
	position, made = OrderPosition(), []
	while len(made) < number:
		made += list(backlog(terms, position, next_step(terms, position).date))  # type: ignore[union-attr]
		position = replace(position, billed_on=made[-1].date, steps=len(made))
	assert made[0].date == start and made[0].arrears is None
	for older, newer in pairwise(made):
		assert older.advance is not None and older.advance.end == newer.date
		assert newer.arrears == older.advance


gaps = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=5, max_size=5)


@given(starts, st.integers(1, 31), st.sampled_from(INTERVALS), gaps)
def test_five_pauses_in_a_year_never_bill_a_day_twice_and_billing_resumes(
	start: date, billing_day: int, interval: object, lengths: list[tuple[int, int]]
) -> None:
	"""F31: the arrears are the days of service, each once, whatever the pauses."""
	pauses, today = [], start
	for served, paused in lengths:
		begun = today + timedelta(days=served)
		today = begun + timedelta(days=paused)
		pauses.append(Pause(begun, today))
	end = today + timedelta(days=400)
	terms = order(
		start, platform("1"), interval=interval, billing_day=billing_day, pauses=tuple(pauses), end=end
	)  # type: ignore[arg-type]
	made = list(backlog(terms, OrderPosition(), end))
	behind = [step.arrears for step in made if step.arrears]
	assert all(older.end <= newer.start for older, newer in pairwise(behind))
	assert sum(found.days for found in behind) == (end - start).days - sum(paused for _, paused in lengths)
	ahead = [step.advance for step in made if step.advance]
	assert ahead == behind
	assert made[-1].kind is StepKind.CLOSING and today in [step.date for step in made]
