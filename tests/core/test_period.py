from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.period import (
	BillingCalendar,
	Interval,
	Period,
	Unit,
	clamp_day,
	join,
	local_date,
	next_billing_day,
	period_or_none,
)

from .build import DAY, MONTH, QUARTER, WEEK, YEAR, day, period

INTERVALS = [
	MONTH,
	QUARTER,
	YEAR,
	WEEK,
	DAY,
	Interval(Unit.MONTH, 2),
	Interval(Unit.DAY, 10),
	Interval(Unit.YEAR, 4),
]

dates = st.dates(date(1990, 1, 1), date(2110, 12, 31))
calendars = st.builds(BillingCalendar.of_order, dates, st.sampled_from(INTERVALS), st.integers(1, 31))


def tiles(grid: BillingCalendar, start: date, number: int) -> list[Period]:
	"""That many full periods of the grid, each found from the end of the one before."""
	found = [grid.full_period(start)]
	while len(found) < number:
		found.append(grid.full_period(found[-1].end))
	return found


@pytest.mark.parametrize("interval", [MONTH, QUARTER, YEAR])
@pytest.mark.parametrize("billing_day", range(1, 32))
def test_every_billing_day_tiles_the_years_and_comes_back_to_its_day(
	billing_day: int, interval: Interval
) -> None:
	"""F3, F4, F5: 28 years see every leap year; no boundary drifts after a short month."""
	grid = BillingCalendar.of_order(date(2026, 1, 1), interval, billing_day)
	periods = tiles(grid, grid.anchor, 28 * 12 // interval.months)
	for older, newer in pairwise(periods):
		assert older.end == newer.start
	for number, found in enumerate(periods):
		months = grid.anchor.month - 1 + number * interval.months
		assert found.start == clamp_day(grid.anchor.year + months // 12, months % 12 + 1, billing_day)


@pytest.mark.parametrize("start", [date(2026, 1, 1), date(2027, 12, 31), date(2028, 2, 29)])
@pytest.mark.parametrize("interval", [MONTH, QUARTER, YEAR])
@pytest.mark.parametrize("billing_day", [28, 29, 30, 31])
def test_last_days_of_the_month_lie_in_exactly_one_period(
	billing_day: int, interval: Interval, start: date
) -> None:
	"""F3: days 28-31 x 48 months x month, quarter, year."""
	grid = BillingCalendar.of_order(start, interval, billing_day)
	periods = [grid.full_period(start + timedelta(days=number)) for number in range(48 * 31)]
	for number, found in enumerate(periods):
		assert start + timedelta(days=number) in found
	distinct = sorted(set(periods))
	assert all(older.end == newer.start for older, newer in pairwise(distinct))


@given(calendars, dates)
def test_full_periods_tile_all_days_before_and_after_the_anchor(
	grid: BillingCalendar, some_day: date
) -> None:
	found = grid.full_period(some_day)
	assert some_day in found
	assert all(
		grid.full_period(found.start + timedelta(days=number)) == found
		for number in range(min(found.days, 40))
	)
	assert grid.full_period(found.last_day) == found
	assert grid.full_period(found.end).start == found.end
	assert grid.full_period(found.start - timedelta(days=1)).end == found.start


@given(calendars, st.sampled_from(INTERVALS), dates)
def test_a_plans_longer_period_holds_whole_periods_of_the_order(
	grid: BillingCalendar, longer: Interval, some_day: date
) -> None:
	if longer.is_multiple_of(grid.interval):
		outer, inner = grid.with_interval(longer).full_period(some_day), grid.full_period(some_day)
		assert outer.start <= inner.start < inner.end <= outer.end


@given(dates, st.integers(1, 31))
def test_next_billing_day_is_the_first_one_from_the_start_on(start: date, billing_day: int) -> None:
	found = next_billing_day(start, billing_day)
	assert found == clamp_day(found.year, found.month, billing_day)
	between = [start + timedelta(days=number) for number in range((found - start).days)]
	assert all(passed != clamp_day(passed.year, passed.month, billing_day) for passed in between)


@pytest.mark.parametrize(
	("start", "billing_day", "interval", "first", "expected"),
	[
		("2026-01-15", 1, MONTH, None, ("2026-01-01", "2026-02-01")),
		("2026-02-14", 31, MONTH, None, ("2026-01-31", "2026-02-28")),
		("2026-02-28", 31, MONTH, None, ("2026-02-28", "2026-03-31")),
		("2028-02-29", 30, MONTH, None, ("2028-02-29", "2028-03-30")),
		("2026-01-15", 1, QUARTER, None, ("2025-11-01", "2026-02-01")),
		("2026-01-15", 1, YEAR, None, ("2025-02-01", "2026-02-01")),
		("2026-02-15", 1, QUARTER, "2026-04-01", ("2026-01-01", "2026-04-01")),
		("2026-02-15", 1, YEAR, "2027-01-01", ("2026-01-01", "2027-01-01")),
		("2026-01-01", 1, QUARTER, "2026-04-01", ("2026-01-01", "2026-04-01")),
		("2026-01-15", 31, WEEK, None, ("2026-01-15", "2026-01-22")),
		("2026-01-15", 1, WEEK, "2026-01-19", ("2026-01-12", "2026-01-19")),
		("2024-02-29", 29, YEAR, None, ("2024-02-29", "2025-02-28")),
	],
)
def test_first_full_period_of_an_order(
	start: str, billing_day: int, interval: Interval, first: str | None, expected: tuple[str, str]
) -> None:
	grid = BillingCalendar.of_order(day(start), interval, billing_day, day(first) if first else None)
	assert grid.full_period(day(start)) == period(*expected)


@pytest.mark.parametrize(
	("billing_day", "interval", "first", "message"),
	[
		(0, MONTH, None, "A billing day is 1 to 31, not 0"),
		(32, MONTH, None, "A billing day is 1 to 31, not 32"),
		(1, QUARTER, "2026-04-02", "The first billing date 2026-04-02 is not on the billing day 1"),
		(1, QUARTER, "2026-06-01", "The first billing date 2026-06-01 must follow the start 2026-02-15"),
		(1, QUARTER, "2026-02-01", "The first billing date 2026-02-01 must follow the start 2026-02-15"),
	],
)
def test_calendar_that_cannot_be_is_refused(
	billing_day: int, interval: Interval, first: str | None, message: str
) -> None:
	with pytest.raises(ValueError) as refusal:
		BillingCalendar.of_order(date(2026, 2, 15), interval, billing_day, day(first) if first else None)
	assert message in str(refusal.value)


@pytest.mark.parametrize(
	("longer", "shorter", "expected"),
	[
		(YEAR, MONTH, True),
		(YEAR, QUARTER, True),
		(QUARTER, Interval(Unit.MONTH, 2), False),
		(MONTH, YEAR, False),
		(Interval(Unit.DAY, 14), WEEK, True),
		(WEEK, Interval(Unit.DAY, 2), False),
		(MONTH, WEEK, False),
	],
)
def test_interval_is_a_whole_multiple_of_another(longer: Interval, shorter: Interval, expected: bool) -> None:
	assert longer.is_multiple_of(shorter) is expected


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_interval_refuses_a_count_that_is_none(count: int) -> None:
	with pytest.raises(ValueError, match=f"An interval has a count of 1 to 1000, not {count}"):
		Interval(Unit.MONTH, count)


def test_period_must_end_after_it_starts() -> None:
	with pytest.raises(ValueError, match="A period must end after it starts, not 2026-01-01 - 2026-01-01"):
		period("2026-01-01", "2026-01-01")


def test_period_prints_its_last_day_and_leaves_out_its_end() -> None:
	january = period("2026-01-01", "2026-02-01")
	assert (january.days, january.last_day) == (31, date(2026, 1, 31))
	assert date(2026, 1, 31) in january
	assert date(2026, 2, 1) not in january


@given(st.lists(dates, min_size=4, max_size=4))
def test_intersection_holds_the_days_of_both(four: list[date]) -> None:
	one, other = period_or_none(four[0], four[1]), period_or_none(four[2], four[3])
	if one and other:
		both = one.intersect(other)
		assert both == other.intersect(one)
		assert (both is None) == (one.end <= other.start or other.end <= one.start)
		assert both is None or (both.start in one and both.last_day in other)


def test_neighbouring_periods_are_joined() -> None:
	parts = [
		period("2026-01-01", "2026-01-05"),
		period("2026-01-05", "2026-01-09"),
		period("2026-01-10", "2026-01-12"),
	]
	assert list(join(parts)) == [period("2026-01-01", "2026-01-09"), period("2026-01-10", "2026-01-12")]


ZONES = [
	"UTC",
	"Pacific/Pago_Pago",
	"Pacific/Kiritimati",
	"America/Santiago",
	"Africa/Cairo",
	"Asia/Beirut",
	"America/Havana",
]


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.sampled_from(ZONES))
def test_moment_lies_in_the_local_day_that_the_wall_clock_shows(moment: datetime, name: str) -> None:
	"""F8, F9: also where the clock skips midnight, or shows it twice."""
	zone, instant = ZoneInfo(name), moment.replace(tzinfo=timezone.utc)
	today = local_date(instant, zone)
	start, end = Period(today, today + timedelta(days=1)).instants(zone)
	assert start <= instant < end


@pytest.mark.parametrize(
	("name", "some_day", "hours"),
	[
		("Europe/Berlin", "2026-03-29", 23),
		("Europe/Berlin", "2026-10-25", 25),
		("America/Santiago", "2026-09-06", 23),
		("Africa/Cairo", "2026-04-24", 23),
		("Asia/Kolkata", "2026-04-24", 24),
	],
)
def test_day_with_a_clock_change_is_one_day_of_23_or_25_hours(name: str, some_day: str, hours: int) -> None:
	start, end = Period(day(some_day), day(some_day) + timedelta(days=1)).instants(ZoneInfo(name))
	assert end - start == timedelta(hours=hours)


def test_moment_without_a_zone_is_refused() -> None:
	with pytest.raises(ValueError, match="2026-01-01T00:00:00 has no time zone, so it names no moment"):
		local_date(datetime(2026, 1, 1), ZoneInfo("UTC"))
