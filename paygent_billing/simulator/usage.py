"""Usage: recorded once, and counted for the periods that bill it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import (
	BillingStep,
	LatePeriod,
	OrderTerms,
	usage_needed,
)
from paygent_billing.core.money import EXACT
from paygent_billing.core.period import Period
from paygent_billing.core.usage import Metric, UsageEvent, UsageSpan, aggregate
from paygent_billing.scenarios.events import Usage
from paygent_billing.simulator.billed import billed_period, billed_usage
from paygent_billing.simulator.rows import to_json, utc_text
from paygent_billing.simulator.store import Store

_COLUMNS = "sequence, agent, metric, occurred_at, day, quantity, unique_value"


@dataclass(frozen=True)
class StoredUse:
	"""A usage event as the store has it; `day` is its date in the order's zone."""

	sequence: int
	agent: str
	metric: str
	day: date
	event: UsageEvent


@dataclass(frozen=True)
class UsageToBill:
	"""The usage that a billing date bills: quantities, late periods, and the events behind them."""

	quantities: Mapping[UsageSpan, Decimal]
	late: tuple[LatePeriod, ...]
	sequences: tuple[int, ...]


def content_of(event: Usage) -> str:
	"""A fingerprint of everything that was sent, but for the time of arrival."""
	happened = utc_text(event.occurred_at) if event.occurred_at else None
	sent = [event.agent, event.metric, event.order, str(event.quantity.normalize(EXACT)), happened]
	text = to_json([*sent, sorted((event.properties or {}).items())])
	return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def stored_use(sequence: int, event: Usage, metric: Metric, day: date) -> StoredUse:
	value = (event.properties or {}).get(metric.unique_property or "")
	return StoredUse(
		sequence, event.agent, event.metric, day, UsageEvent(event.happened_at, event.quantity, value)
	)


def record(store: Store, event: Usage, use: StoredUse, *, order: str, refusal: str | None) -> None:
	"""Keeps the event, with the reason when it is not accepted."""
	store.insert(
		"usage_event",
		customer=event.customer,
		id=event.id,
		agent=use.agent,
		metric=use.metric,
		order_id=order,
		occurred_at=utc_text(use.event.occurred_at),
		day=use.day.isoformat(),
		quantity=str(use.event.quantity),
		unique_value=use.event.unique_value,
		content=content_of(event),
		refusal=refusal,
	)


def usage_to_bill(
	store: Store, terms: OrderTerms, metrics: Mapping[str, Metric], step: BillingStep
) -> UsageToBill:
	"""The usage of the step's arrears, and what came late for the periods before it."""
	limit = step.arrears.end if step.arrears else step.date
	waiting = _uses(
		store,
		f"SELECT {_COLUMNS} FROM usage_event WHERE order_id = ? AND day < ? AND billing IS NULL "
		"AND refusal IS NULL ORDER BY sequence",
		terms.id,
		limit.isoformat(),
	)
	if not waiting:
		return UsageToBill({}, (), ())
	current, billed = _counted(terms, metrics, step.arrears, waiting)
	late, billed_late = _late_periods(store, terms, metrics, [use for use in waiting if use not in billed])
	return UsageToBill(current, late, tuple(use.sequence for use in (*billed, *billed_late)))


def _counted(
	terms: OrderTerms, metrics: Mapping[str, Metric], period: Period | None, uses: Sequence[StoredUse]
) -> tuple[dict[UsageSpan, Decimal], list[StoredUse]]:
	"""The quantities that rating the period needs, and the uses that they count."""
	if period is None:
		return {}, []
	agents = {line.id: line.agent for line in terms.lines}
	quantities: dict[UsageSpan, Decimal] = {}
	counted: dict[int, StoredUse] = {}
	for span in usage_needed(terms, period):
		inside = [
			use
			for use in uses
			if use.metric == span.metric and use.day in span.period and use.agent == agents[span.line]
		]
		quantities[span] = aggregate(metrics[span.metric].aggregation, [use.event for use in inside])
		counted.update((use.sequence, use) for use in inside)
	return quantities, list(counted.values())


def _late_periods(
	store: Store, terms: OrderTerms, metrics: Mapping[str, Metric], uses: Sequence[StoredUse]
) -> tuple[tuple[LatePeriod, ...], list[StoredUse]]:
	late: list[LatePeriod] = []
	billed: list[StoredUse] = []
	for period in _billed_periods(store, terms.id, uses):
		_, new = _counted(terms, metrics, period, uses)
		if new:
			quantities = quantities_of(store, terms, metrics, period)
			late.append(LatePeriod(period, quantities, billed_usage(store, terms.id, period)))
			billed += new
	return tuple(late), billed


def _billed_periods(store: Store, order: str, uses: Sequence[StoredUse]) -> list[Period]:
	"""The periods, oldest first, whose usage is billed and into which one of the uses falls."""
	found = {period for day in {use.day for use in uses} if (period := billed_period(store, order, day))}
	return sorted(found)


def quantities_of(
	store: Store,
	terms: OrderTerms,
	metrics: Mapping[str, Metric],
	period: Period,
	extra: Sequence[StoredUse] = (),
) -> dict[UsageSpan, Decimal]:
	"""The quantities of all accepted usage of the period, billed or not, and of the extra uses."""
	uses = _uses(
		store,
		f"SELECT {_COLUMNS} FROM usage_event WHERE order_id = ? AND day >= ? AND day < ? "
		"AND refusal IS NULL ORDER BY sequence",
		terms.id,
		period.start.isoformat(),
		period.end.isoformat(),
	)
	return _counted(terms, metrics, period, [*uses, *extra])[0]


def claim(store: Store, sequences: Sequence[int], billing: int) -> None:
	"""The events belong to that billing from now on, and to no other."""
	store.execute_many(
		"UPDATE usage_event SET billing = ? WHERE sequence = ?", [(billing, number) for number in sequences]
	)


def _uses(store: Store, statement: str, *values: Any) -> list[StoredUse]:
	return [_use(row) for row in store.execute(statement, *values)]


def _use(row: Any) -> StoredUse:
	sequence, agent, metric, occurred_at, day, quantity, unique_value = row
	event = UsageEvent(datetime.fromisoformat(occurred_at), Decimal(quantity), unique_value)
	return StoredUse(sequence, agent, metric, date.fromisoformat(day), event)
