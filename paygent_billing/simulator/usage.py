"""What usage adds up to for the invoices that bill it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing import (
	BilledUsage,
	BillingStep,
	LatePeriod,
	OrderTerms,
	billed_beforehand,
	usage_needed,
)
from paygent_billing.core.period import Period
from paygent_billing.core.usage import Metric, UsageSpan, aggregate
from paygent_billing.simulator.billed import billed_period, billed_usage
from paygent_billing.simulator.orders import OrderState
from paygent_billing.simulator.store import Store
from paygent_billing.simulator.usage_events import StoredUse, accepted_uses, waiting_uses


@dataclass(frozen=True)
class UsageToBill:
	"""The usage that an invoice bills: quantities, late periods, the events behind them, and what threshold
	invoices hold of it already.
	"""

	quantities: Mapping[UsageSpan, Decimal] = field(default_factory=dict)
	late: tuple[LatePeriod, ...] = ()
	sequences: tuple[int, ...] = ()
	billed: Mapping[tuple[str, str, Period], BilledUsage] = field(default_factory=dict)


NOTHING_TO_BILL = UsageToBill()


def usage_to_bill(
	store: Store, state: OrderState, metrics: Mapping[str, Metric], step: BillingStep
) -> UsageToBill:
	"""The usage of the step's arrears, and what came late for the periods before it."""
	terms = state.terms
	limit = step.arrears.end if step.arrears else step.date
	waiting = waiting_uses(store, terms.id, Period(date.min, limit))
	billed = held_beforehand(store, state, step)
	if not waiting and not billed:
		return NOTHING_TO_BILL
	quantities, counted = _counted(terms, metrics, step.arrears, waiting)
	if billed and step.arrears:
		quantities = quantities_of(store, terms, metrics, step.arrears)
	known = set(sequences_of(counted))
	rest = [use for use in waiting if use.sequence not in known]
	late, counted_late = _late_periods(store, terms, metrics, rest)
	return UsageToBill(quantities, late, sequences_of([*counted, *counted_late]), billed)


def sequences_of(uses: Sequence[StoredUse]) -> tuple[int, ...]:
	return tuple(use.sequence for use in uses)


def held_beforehand(
	store: Store, state: OrderState, step: BillingStep
) -> dict[tuple[str, str, Period], BilledUsage]:
	"""What threshold invoices hold of what the step bills."""
	begun_in = billed_beforehand(state.position, step)
	return billed_usage(store, state.terms.id, begun_in) if begun_in else {}


def _counted(
	terms: OrderTerms, metrics: Mapping[str, Metric], period: Period | None, uses: Sequence[StoredUse]
) -> tuple[dict[UsageSpan, Decimal], list[StoredUse]]:
	"""The quantities that rating the period needs, and the uses that belong to them.

	Those that a metric's filter or a correction excludes belong to them too: they count for nothing.
	"""
	if period is None:
		return {}, []
	agents = {line.id: line.agent for line in terms.lines}
	quantities: dict[UsageSpan, Decimal] = {}
	counted: dict[int, StoredUse] = {}
	for span in usage_needed(terms, period):
		inside = [use for use in uses if is_inside(use, span, agents)]
		quantities[span] = aggregate(metrics[span.metric], [use.event for use in inside if not use.is_void])
		counted.update((use.sequence, use) for use in inside)
	return quantities, list(counted.values())


def is_inside(use: StoredUse, span: UsageSpan, agents: Mapping[str, str]) -> bool:
	"""Whether the use belongs to the span; `agents` has the agent of each line."""
	return use.metric == span.metric and use.day in span.period and use.agent == agents[span.line]


def _late_periods(
	store: Store, terms: OrderTerms, metrics: Mapping[str, Metric], uses: Sequence[StoredUse]
) -> tuple[tuple[LatePeriod, ...], list[StoredUse]]:
	late: list[LatePeriod] = []
	counted: list[StoredUse] = []
	for period in _billed_periods(store, terms.id, uses):
		_, new = _counted(terms, metrics, period, uses)
		if new:
			quantities = quantities_of(store, terms, metrics, period)
			late.append(LatePeriod(period, quantities, billed_usage(store, terms.id, period)))
			counted += new
	return tuple(late), counted


def _billed_periods(store: Store, order: str, uses: Sequence[StoredUse]) -> list[Period]:
	"""The periods, oldest first, whose usage is billed and into which one of the uses falls."""
	found = {period for day in {use.day for use in uses} if (period := billed_period(store, order, day))}
	return sorted(found)


def quantities_of(
	store: Store,
	terms: OrderTerms,
	metrics: Mapping[str, Metric],
	period: Period,
	instead: Mapping[int, StoredUse] | None = None,
) -> dict[UsageSpan, Decimal]:
	"""The quantities of all accepted usage of the period, billed or not.

	`instead` are uses that take the place of those with that sequence, or, with 0, are added.
	"""
	uses = accepted_uses(store, terms.id, period)
	others = dict(instead or {})
	replaced = [others.pop(use.sequence, use) for use in uses]
	return _counted(terms, metrics, period, [*replaced, *others.values()])[0]
