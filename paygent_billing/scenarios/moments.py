"""The moments of a scenario, in time order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from paygent_billing.core.period import local_date
from paygent_billing.scenarios.events import Bill, Event
from paygent_billing.scenarios.scenario import Scenario


@dataclass(frozen=True)
class Moment:
	"""Something that happens: an event, by its place in the scenario, at a time and on the local day of
	it.
	"""

	number: int
	event: Event
	day: date
	at: datetime


def moments_of(scenario: Scenario) -> Iterator[Moment]:
	"""The events in time order, with the runs of every `daily_until` among them."""
	daily: list[tuple[datetime, int, Moment]] = []
	for number, event in enumerate(scenario.events):
		yield from _runs_until(daily, scenario, event.at)
		moment = Moment(number, event, local_date(event.at, scenario.zone), event.at)
		yield moment
		_schedule_next(daily, scenario, moment)
	yield from _runs_until(daily, scenario, None)


def _runs_until(
	daily: list[tuple[datetime, int, Moment]], scenario: Scenario, limit: datetime | None
) -> Iterator[Moment]:
	while daily and (limit is None or daily[0][0] <= limit):
		moment = heapq.heappop(daily)[2]
		yield moment
		_schedule_next(daily, scenario, moment)


def _schedule_next(daily: list[tuple[datetime, int, Moment]], scenario: Scenario, moment: Moment) -> None:
	"""A daily run is followed by one at the same time on the clock of the next day."""
	event, day = moment.event, moment.day + timedelta(days=1)
	if isinstance(event, Bill) and event.daily_until and day <= event.daily_until:
		clock = event.at.astimezone(scenario.zone)
		at = datetime.combine(day, clock.time(), tzinfo=scenario.zone)
		heapq.heappush(daily, (at, moment.number, Moment(moment.number, event, day, at)))


def last_day(scenario: Scenario) -> date | None:
	"""The day on which time ends: `until`, or that of the last event or run; None without either."""
	last: date | None = None
	for moment in moments_of(scenario):
		last = moment.day
	return scenario.until or last
