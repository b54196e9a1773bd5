"""Calendar dates: half-open periods and the calendar that an order's billing follows."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Period:
	"""The days from `start` up to, not including, `end`."""

	start: date
	end: date

	def __post_init__(self) -> None:
		if self.start >= self.end:
			raise ValueError(f"A period must end after it starts, not {self.start} - {self.end}")

	@property
	def days(self) -> int:
		"""The number of days; a day is a day, also when a clock change makes it 23 or 25 hours."""
		return (self.end - self.start).days

	@property
	def last_day(self) -> date:
		"""The last day inside, as it is printed on invoices."""
		return self.end - timedelta(days=1)

	def __contains__(self, day: date) -> bool:
		return self.start <= day < self.end

	def intersect(self, other: Period) -> Period | None:
		"""The days that both have, or None."""
		return period_or_none(max(self.start, other.start), min(self.end, other.end))

	def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
		"""The same period as two moments in UTC: local midnight of both ends."""
		return midnight(self.start, zone), midnight(self.end, zone)


def period_or_none(start: date, end: date) -> Period | None:
	"""The period between the two dates, or None when no day lies between them."""
	return Period(start, end) if start < end else None


def day_period(day: date) -> Period:
	"""The period of a single day."""
	return Period(day, day + timedelta(days=1))


def join(periods: Iterable[Period]) -> Iterator[Period]:
	"""The same days with neighbouring periods made one. Takes them in order."""
	open_period: Period | None = None
	for period in periods:
		if open_period and open_period.end == period.start:
			open_period = Period(open_period.start, period.end)
			continue
		if open_period:
			yield open_period
		open_period = period
	if open_period:
		yield open_period


def midnight(day: date, zone: ZoneInfo) -> datetime:
	"""The moment, in UTC, at which the day begins in the zone. Where the clock skips midnight, the skip."""
	return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
	"""The date that the clock on the wall in the zone shows at the moment."""
	if moment.tzinfo is None:
		raise ValueError(f"{moment.isoformat()} has no time zone, so it names no moment")
	return moment.astimezone(zone).date()


class Unit(str, Enum):
	"""The unit of a billing interval."""

	DAY = "day"
	WEEK = "week"
	MONTH = "month"
	YEAR = "year"


_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


@dataclass(frozen=True)
class Interval:
	"""A number of days, weeks, months or years."""

	unit: Unit = Unit.MONTH
	count: int = 1

	def __post_init__(self) -> None:
		if not 1 <= self.count <= 1000:
			raise ValueError(f"An interval has a count of 1 to 1000, not {self.count}")

	@property
	def months(self) -> int:
		"""The length in months; 0 for days and weeks."""
		return _MONTHS.get(self.unit, 0) * self.count

	@property
	def days(self) -> int:
		"""The length in days; 0 for months and years."""
		return _DAYS.get(self.unit, 0) * self.count

	def is_multiple_of(self, other: Interval) -> bool:
		"""Whether this interval is the other one, or a whole number of them."""
		if self.months and other.months:
			return self.months % other.months == 0
		if self.days and other.days:
			return self.days % other.days == 0
		return False


def clamp_day(year: int, month: int, day: int) -> date:
	"""The day in that month, or the month's last day when the month is shorter."""
	return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def day_in_month(months_since_year_0: int, day: int) -> date:
	"""The billing day in the month with that running number (year * 12 + month - 1), clamped."""
	year, month = divmod(months_since_year_0, 12)
	return clamp_day(year, month + 1, day)


def next_billing_day(start: date, day: int) -> date:
	"""The first occurrence of the billing day on or after `start`."""
	running = start.year * 12 + start.month - 1
	this_month = day_in_month(running, day)
	return this_month if this_month >= start else day_in_month(running + 1, day)


@dataclass(frozen=True)
class BillingCalendar:
	"""The full periods of an order or plan: a grid without beginning or end that tiles all days.

	`anchor` is one date of the grid. For months and years the grid falls on `billing_day`, clamped to the
	last day of a short month and counted from the anchor's month, so that it never drifts.
	"""

	anchor: date
	interval: Interval
	billing_day: int

	@classmethod
	def of_order(
		cls, start: date, interval: Interval, billing_day: int, first_billing_date: date | None = None
	) -> BillingCalendar:
		"""The calendar of an order that starts on `start`.

		ValueError when the billing day is not 1-31, or when the first billing date is not a billing day,
		or lies before the start or more than one interval after it.
		"""
		if not 1 <= billing_day <= 31:
			raise ValueError(f"A billing day is 1 to 31, not {billing_day}")
		if first_billing_date is None:
			anchor = next_billing_day(start, billing_day) if interval.months else start
			return cls(anchor, interval, billing_day)
		made = cls(first_billing_date, interval, billing_day)
		if interval.months and next_billing_day(first_billing_date, billing_day) != first_billing_date:
			raise ValueError(
				f"The first billing date {first_billing_date} is not on the billing day {billing_day}"
			)
		if not made.boundary(-1) <= start <= first_billing_date:
			raise ValueError(
				f"The first billing date {first_billing_date} must follow the start {start}"
				" within one interval"
			)
		return made

	def with_interval(self, interval: Interval) -> BillingCalendar:
		"""The grid of a plan with an interval of its own, on the same anchor."""
		return BillingCalendar(self.anchor, interval, self.billing_day)

	def boundary(self, number: int) -> date:
		"""The grid's date with that number; 0 is the anchor, negative numbers lie before it."""
		if self.interval.days:
			return self.anchor + timedelta(days=self.interval.days * number)
		running = self.anchor.year * 12 + self.anchor.month - 1
		return day_in_month(running + self.interval.months * number, self.billing_day)

	def full_period(self, day: date) -> Period:
		"""The full period of the grid in which the day lies."""
		number = self._estimate(day)
		while self.boundary(number) > day:
			number -= 1
		while self.boundary(number + 1) <= day:
			number += 1
		return Period(self.boundary(number), self.boundary(number + 1))

	def is_boundary(self, day: date) -> bool:
		"""Whether a full period begins on that day."""
		return self.full_period(day).start == day

	def _estimate(self, day: date) -> int:
		if self.interval.days:
			return (day - self.anchor).days // self.interval.days
		months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
		return months // self.interval.months
