"""The events of a scenario file, one by one and in time order."""

from __future__ import annotations

from typing import Any

from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import EVENTS, NOT_SUPPORTED_YET, Event
from paygent_billing.scenarios.scenario import Scenario
from paygent_billing.scenarios.shape import shaped


def read_events(happenings: Any, scenario: Scenario) -> tuple[Event, ...]:
	"""The events. Takes the list apart while it reads, so that a long one is not held twice."""
	if happenings is None:
		return ()
	if not isinstance(happenings, list):
		raise Problem(("events",), "events: this must be a list")
	events: list[Event] = []
	for number, values in enumerate(happenings):
		happenings[number] = None
		event = _event(values, ("events", number), scenario)
		if events and event.at < events[-1].at:
			raise Problem(
				("events", number, "at"), "This lies before the event above it: events stand in time order"
			)
		events.append(event)
	return tuple(events)


def _event(values: Any, path: Path, scenario: Scenario) -> Event:
	if not isinstance(values, dict):
		raise Problem(path, "An event is a mapping, with keys such as at and do")
	if "do" not in values:
		raise Problem(path, "do is missing: say what happens, such as bill")
	kind = _kind(values["do"], (*path, "do"))
	rest = {key: value for key, value in values.items() if key != "do"}
	return shaped(kind, _flattened(rest), path, zone=scenario.zone)


def _kind(name: Any, path: Path) -> type[Event]:
	if name in NOT_SUPPORTED_YET:
		raise Problem(path, f"The event {name} is not supported yet: remove it")
	if not isinstance(name, str) or name not in EVENTS:
		raise Problem(path, f"The event {name} is unknown: possible are {', '.join(EVENTS)}")
	return EVENTS[name]


def _flattened(values: dict[str, Any]) -> dict[str, Any]:
	"""A line that is written as in an order, {id: L2, agent: ...}, in the event's own keys."""
	line = values.get("line")
	if not isinstance(line, dict):
		return values
	return {**values, **{key: value for key, value in line.items() if key != "id"}, "line": line.get("id")}
