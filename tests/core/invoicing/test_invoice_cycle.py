"""The invoice cycle that a first invoice by hand begins, beside the service cycle."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import (
	OrderPosition,
	OrderTerms,
	Pause,
	backlog,
	due_at,
	invoice_date,
	is_due,
	next_step,
	service_periods,
	threshold_step,
	waiting_step,
)
from paygent_billing.core.period import Interval, next_billing_day

from ..build import DAY, MONTH, QUARTER, WEEK, YEAR, day, order, period, platform, usage

UTC = ZoneInfo("UTC")
INTERVALS = [MONTH, QUARTER, YEAR, WEEK, DAY]


def by_hand(start: str, anchor: str | None, *charges: object, **fields: object) -> OrderTerms:
	return order(
		start,
		*(charges or (platform("5"),)),  # type: ignore[arg-type]
		first_invoice_by_hand=True,
		invoice_anchor=day(anchor) if anchor else None,
		**fields,  # type: ignore[arg-type]
	)


def cycle(terms: OrderTerms, until: str) -> list[tuple[str, str]]:
	"""Each step as (its date, its invoice date)."""
	made = backlog(terms, OrderPosition(), day(until))
	return [(str(step.date), str(invoice_date(terms, step))) for step in made]


def utc(text: str) -> datetime:
	return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def test_service_renews_on_the_first_and_invoices_are_made_on_the_third() -> None:
	terms = by_hand("2026-06-01", "2026-06-03")
	made = list(backlog(terms, OrderPosition(), day("2026-08-01")))
	assert [step.advance for step in made] == [
		period("2026-06-01", "2026-07-01"),
		period("2026-07-01", "2026-08-01"),
		period("2026-08-01", "2026-09-01"),
	]
	assert made[1].arrears == period("2026-06-01", "2026-07-01")
	assert cycle(terms, "2026-08-01")[1:] == [("2026-07-01", "2026-07-03"), ("2026-08-01", "2026-08-03")]


@pytest.mark.parametrize(
	("start", "billing_day", "interval", "anchor", "until", "expected"),
	[
		("2026-01-01", 1, MONTH, "2026-01-31", "2026-04-01", ["2026-02-28", "2026-03-31", "2026-04-30"]),
		("2028-01-01", 1, MONTH, "2028-01-30", "2028-03-01", ["2028-02-29", "2028-03-30"]),
		("2026-01-31", 31, MONTH, "2026-02-02", "2026-03-31", ["2026-03-02", "2026-04-02"]),
		("2026-01-31", 31, MONTH, "2026-03-30", "2026-04-30", ["2026-03-30", "2026-04-30", "2026-05-30"]),
		("2026-02-28", 31, MONTH, "2026-02-28", "2026-04-30", ["2026-03-31", "2026-04-30"]),
		("2026-12-20", 20, MONTH, "2026-12-24", "2027-01-20", ["2027-01-24"]),
		("2026-12-31", 31, MONTH, "2027-01-02", "2027-01-31", ["2027-02-02"]),
		("2026-06-01", 1, QUARTER, "2026-06-03", "2026-12-01", ["2026-09-03", "2026-12-03"]),
		("2026-06-01", 1, QUARTER, "2026-07-20", "2026-12-01", ["2026-09-20", "2026-12-20"]),
		("2026-06-01", 1, YEAR, "2026-06-03", "2027-06-01", ["2027-06-03"]),
		("2026-06-01", 1, WEEK, "2026-06-03", "2026-06-15", ["2026-06-10", "2026-06-17"]),
		("2026-06-01", 1, WEEK, "2026-06-15", "2026-06-15", ["2026-06-08", "2026-06-15"]),
		("2026-06-01", 1, DAY, "2026-06-03", "2026-06-03", ["2026-06-02", "2026-06-03"]),
		("2026-06-25", 1, MONTH, "2026-07-03", "2026-08-01", ["2026-07-03", "2026-08-03"]),
	],
)
def test_invoice_dates_after_the_first_one(
	start: str, billing_day: int, interval: Interval, anchor: str, until: str, expected: list[str]
) -> None:
	terms = by_hand(start, anchor, billing_day=billing_day, interval=interval)
	assert [invoiced for _date, invoiced in cycle(terms, until)[1:]] == expected


def test_nothing_is_due_until_the_first_invoice_is_made() -> None:
	terms = by_hand("2026-06-01", None, usage("1"), grace=timedelta(hours=1), threshold=1)
	step = next_step(terms, OrderPosition())
	assert step
	assert (step.date, invoice_date(terms, step), due_at(terms, step, UTC)) == (day("2026-06-01"), None, None)
	assert not is_due(terms, step, UTC, utc("2036-01-01"))
	assert waiting_step(terms, OrderPosition(billed_on=day("2026-06-01")), UTC, utc("2026-07-01")) is None
	assert threshold_step(terms, OrderPosition(), day("2026-06-10")) is None


def test_the_grace_begins_on_the_invoice_date() -> None:
	terms = by_hand("2026-06-01", "2026-06-03", usage("1"), grace=timedelta(hours=48))
	position = OrderPosition(billed_on=day("2026-06-01"), steps=1)
	step = next_step(terms, position)
	assert step and due_at(terms, step, UTC) == utc("2026-07-05")
	found = [
		waiting_step(terms, position, UTC, utc(at)) for at in ("2026-07-02T23:59", "2026-07-03", "2026-07-05")
	]
	assert found == [None, step, None]


def test_invoice_dates_begin_at_midnight_in_the_orders_zone() -> None:
	terms = by_hand("2026-06-01", "2026-06-03")
	step = next_step(terms, OrderPosition(billed_on=day("2026-06-01"), steps=1))
	assert step and due_at(terms, step, ZoneInfo("America/New_York")) == utc("2026-07-03T04:00")


@pytest.mark.parametrize(
	("end", "expected"),
	[
		("2026-07-10", ("2026-07-10", "2026-08-03")),
		("2026-07-02", ("2026-07-02", "2026-07-03")),
		("2026-08-01", ("2026-08-01", "2026-08-03")),
	],
)
def test_the_closing_invoice_is_made_on_the_first_invoice_day_after_the_end(
	end: str, expected: tuple[str, str]
) -> None:
	terms = by_hand("2026-06-01", "2026-06-03", end=day(end))
	assert cycle(terms, "2027-01-01")[-1] == expected


def test_an_anchor_before_the_start_is_refused() -> None:
	with pytest.raises(ValueError, match="starts on 2026-06-01: its first invoice cannot be of 2026-05-31"):
		by_hand("2026-06-01", "2026-05-31")


starts = st.dates(date(2024, 1, 1), date(2028, 12, 31))
made = st.tuples(starts, st.integers(1, 31), st.sampled_from(INTERVALS), st.integers(0, 100))


def anchored(start: date, billing_day: int, interval: Interval, late: int, **fields: object) -> OrderTerms:
	anchor = start + timedelta(days=late)
	return by_hand(str(start), str(anchor), billing_day=billing_day, interval=interval, **fields)


def first_steps(terms: OrderTerms, days: int) -> list[tuple[date, date]]:
	found = backlog(terms, OrderPosition(), terms.start + timedelta(days=days))
	return [(step.date, invoice_date(terms, step) or date.max) for step in found]


@given(made)
def test_periods_tile_as_without_an_anchor(values: tuple[date, int, Interval, int]) -> None:
	terms = anchored(*values)
	plain = order(values[0], platform("5"), interval=values[2], billing_day=values[1])
	until = terms.start + timedelta(days=800)
	assert list(backlog(terms, OrderPosition(), until)) == list(backlog(plain, OrderPosition(), until))


@given(made)
def test_each_renewal_is_invoiced_after_the_one_before(values: tuple[date, int, Interval, int]) -> None:
	"""The start is no renewal: it is billed by hand, and may be of the day on which the next one is due."""
	terms = anchored(*values)
	renewals = first_steps(terms, 1500)[1:]
	for (_older, before), (newer, after) in pairwise(renewals):
		assert before < after and newer <= after


@given(made, st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=5), st.integers(1, 200))
def test_with_pauses_and_an_end_no_invoice_comes_before_an_earlier_one(
	values: tuple[date, int, Interval, int], gaps: list[tuple[int, int]], rest: int
) -> None:
	pauses, today = [], values[0]
	for served, paused in gaps:
		pauses.append(Pause(today + timedelta(days=served), today + timedelta(days=served + paused)))
		today = pauses[-1].end or today
	terms = anchored(*values, pauses=tuple(pauses), end=today + timedelta(days=rest))
	found = first_steps(terms, 800)
	assert [invoiced for _date, invoiced in found] == sorted(invoiced for _date, invoiced in found)
	assert all(step <= invoiced <= step + timedelta(days=31) for step, invoiced in found)


@given(made, st.integers(1, 200))
def test_the_closing_invoice_waits_for_no_second_invoice_day(
	values: tuple[date, int, Interval, int], days: int
) -> None:
	terms = anchored(*values, end=values[0] + timedelta(days=days))
	closing, invoiced = first_steps(terms, days)[-1]
	if terms.calendar.interval.months:
		assert invoiced <= next_billing_day(closing, (terms.invoice_anchor or closing).day)
	else:
		assert (invoiced - closing).days < terms.calendar.interval.days


@given(made, st.integers(0, 40))
def test_an_anchor_on_a_billing_date_changes_nothing(
	values: tuple[date, int, Interval, int], number: int
) -> None:
	start, billing_day, interval, _late = values
	plain = order(start, platform("5"), interval=interval, billing_day=billing_day)
	anchor = plain.calendar.boundary(number)
	terms = anchored(start, billing_day, interval, (anchor - start).days, end=start + timedelta(days=700))
	assert all(step == invoiced for step, invoiced in first_steps(terms, 700))


@given(made, st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=4))
def test_service_periods_tile_the_days_of_service(
	values: tuple[date, int, Interval, int], gaps: list[tuple[int, int]]
) -> None:
	"""They are those that the billing bills in advance, on whatever days it makes its invoices."""
	pauses, today = [], values[0]
	for served, paused in gaps:
		pauses.append(Pause(today + timedelta(days=served), today + timedelta(days=served + paused)))
		today = pauses[-1].end or today
	terms = anchored(*values, pauses=tuple(pauses), end=today + timedelta(days=90))
	found = list(service_periods(terms))
	billed = [step.advance for step in backlog(terms, OrderPosition(), date.max) if step.advance]
	assert found == billed
	assert sum(one.days for one in found) == sum((span.end - span.start).days for span in terms.spans)
