"""When an order is billed: its billing dates, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.terms import OrderTerms, Span
from paygent_billing.core.period import Period, period_or_none


class StepKind(str, Enum):
	"""A cycle begins a period of service; the closing bills what is left on the day after the last one.

	A threshold is no billing date: it bills usage of the period that still runs.
	"""

	CYCLE = "cycle"
	CLOSING = "closing"
	THRESHOLD = "threshold"


@dataclass(frozen=True)
class BillingStep:
	"""One billing date: the period whose arrears it bills, and the one that it bills in advance."""

	date: date
	kind: StepKind
	arrears: Period | None
	advance: Period | None


def next_step(order: OrderTerms, position: OrderPosition) -> BillingStep | None:
	"""The order's next billing date, whether or not it has come; None when nothing more is to be billed.

	A paused order has none until it is resumed or ended, except those from before the pause.
	"""
	if position.is_closed:
		return None
	day = _next_cycle(order, position.billed_on)
	if day is not None:
		return BillingStep(day, StepKind.CYCLE, _arrears(order, position, day), _advance(order, day))
	if order.end is None or (position.billed_on is None and not order.spans):
		return None
	closing = max(order.end, position.billed_on or order.end)
	return BillingStep(closing, StepKind.CLOSING, _arrears(order, position, closing), None)


def backlog(order: OrderTerms, position: OrderPosition, today: date) -> Iterator[BillingStep]:
	"""All billing dates that are due on `today` and not billed yet, oldest first."""
	while (step := next_step(order, position)) and step.date <= today:
		yield step
		position = passed(position, step)


def period_to_bill(order: OrderTerms, position: OrderPosition, day: date) -> Period | None:
	"""The period, not billed yet, with which usage of that day will be billed; None when it never will."""
	while step := next_step(order, position):
		if step.arrears and day in step.arrears:
			return step.arrears
		if step.date > day:
			return None
		position = passed(position, step)
	return None


def service_periods(order: OrderTerms) -> Iterator[Period]:
	"""The periods of service from the order's start on, whether or not they have come or are billed."""
	day = _next_cycle(order, None)
	while day is not None:
		yield _advance(order, day)
		day = _next_cycle(order, day)


def passed(position: OrderPosition, step: BillingStep) -> OrderPosition:
	"""The position once the step is billed."""
	return replace(
		position,
		billed_on=step.date,
		paid_until=step.advance.end if step.advance else step.date,
		steps=position.steps + 1,
		is_closed=step.kind is StepKind.CLOSING,
	)


def _next_cycle(order: OrderTerms, billed_on: date | None) -> date | None:
	dates = (_first_date_after(order, span, billed_on) for span in order.spans)
	return min((day for day in dates if day is not None), default=None)


def _first_date_after(order: OrderTerms, span: Span, billed_on: date | None) -> date | None:
	"""The span's first billing date after `billed_on`: its own first day, or the calendar's next."""
	if billed_on is None or span.start > billed_on:
		return span.start
	if span.end <= billed_on:
		return None
	following = order.calendar.full_period(billed_on).end
	return following if following < span.end else None


def _arrears(order: OrderTerms, position: OrderPosition, day: date) -> Period | None:
	"""The days of service since the last billing date. A resumption is a billing date, so they lie in one
	span.
	"""
	if position.billed_on is None:
		return None
	for span in order.spans:
		served = period_or_none(max(span.start, position.billed_on), min(span.end, day))
		if served:
			return served
	return None


def _advance(order: OrderTerms, day: date) -> Period:
	span = order.span_at(day)
	limit = span.end if span else date.max
	return Period(day, min(order.calendar.full_period(day).end, limit))
