"""What has become of an order's terms since it was signed, as plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from paygent_billing.core.invoicing import LineVersion, OrderLine, OrderTerms, Pause
from paygent_billing.core.wallet import Overage
from paygent_billing.scenarios import Line, Scenario
from paygent_billing.scenarios.fields import read_rollover
from paygent_billing.scenarios.terms import line_version
from paygent_billing.simulator.rows import optional_date


def history_of(terms: OrderTerms) -> dict[str, Any]:
	"""The lines with their versions, the pauses, the end and the first invoice."""
	return {
		"lines": [_line_history(line) for line in terms.lines],
		"pauses": [[_iso(pause.start), _iso(pause.end)] for pause in terms.pauses],
		"end": _iso(terms.end),
		"invoice_anchor": _iso(terms.invoice_anchor),
	}


def _line_history(line: OrderLine) -> dict[str, Any]:
	cap = line.rollover.cap
	return {
		"id": line.id,
		"agent": line.agent,
		"expiry_days": line.expiry_days,
		"rollover": "all" if cap is None else {"capped": str(cap)},
		"overage": line.overage.value,
		"versions": [
			[_iso(version.valid_from), _iso(version.valid_until), version.plan, version.seats]
			for version in line.versions
		],
	}


def with_history(scenario: Scenario, terms: OrderTerms, history: dict[str, Any]) -> OrderTerms:
	"""The terms with what `history_of` kept."""
	return replace(
		terms,
		lines=tuple(_line(scenario, line) for line in history["lines"]),
		pauses=tuple(_pause(*ends) for ends in history["pauses"]),
		end=optional_date(history["end"]),
		invoice_anchor=optional_date(history.get("invoice_anchor")),
	)


def _iso(day: date | None) -> str | None:
	return day.isoformat() if day else None


def _pause(start: str, end: str | None) -> Pause:
	return Pause(date.fromisoformat(start), optional_date(end))


def _line(scenario: Scenario, stored: dict[str, Any]) -> OrderLine:
	versions = tuple(_version(scenario, stored["agent"], version) for version in stored["versions"])
	rollover = read_rollover(stored["rollover"])
	overage, expiry_days = Overage(stored["overage"]), stored["expiry_days"]
	return OrderLine(stored["id"], stored["agent"], versions, rollover, overage, expiry_days)


def _version(scenario: Scenario, agent: str, stored: list[Any]) -> LineVersion:
	since, until, plan, seats = stored
	version = line_version(scenario, Line("", agent, plan, seats), since=date.fromisoformat(since))
	return replace(version, valid_until=optional_date(until))
