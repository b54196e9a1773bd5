"""On which days an order is invoiced: its billing dates, or the days that its first invoice by hand set."""

from __future__ import annotations

from datetime import date

from paygent_billing.core.invoicing.steps import BillingStep, StepKind
from paygent_billing.core.invoicing.terms import OrderTerms
from paygent_billing.core.period import BillingCalendar, day_in_month, next_billing_day


def invoice_date(order: OrderTerms, step: BillingStep) -> date | None:
	"""The day on which the step is invoiced: the first day of the invoice cycle on or after its date.

	None while the order waits for its first invoice, which a person makes. When that one was made on a day of
	the service cycle, the two cycles are one.
	"""
	if order.waits_for_first_invoice:
		return None
	calendar, anchor = order.calendar, order.invoice_anchor
	if anchor is None or _is_in_step(calendar, anchor):
		return step.date
	if calendar.interval.days:
		return _next_boundary(BillingCalendar(anchor, calendar.interval, calendar.billing_day), step.date)
	return _next_day_of_month(calendar, anchor.day, step)


def _is_in_step(calendar: BillingCalendar, anchor: date) -> bool:
	if calendar.interval.days:
		return calendar.is_boundary(anchor)
	return next_billing_day(anchor, calendar.billing_day) == anchor


def _next_boundary(calendar: BillingCalendar, day: date) -> date:
	return day if calendar.is_boundary(day) else calendar.full_period(day).end


def _next_day_of_month(calendar: BillingCalendar, invoice_day: int, step: BillingStep) -> date:
	"""A renewal that a short month has clamped counts as of its billing day, so that each month has one."""
	is_renewal = step.kind is StepKind.CYCLE and calendar.is_boundary(step.date)
	agreed_day = calendar.billing_day if is_renewal else step.date.day
	months = step.date.year * 12 + step.date.month - 1
	return day_in_month(months if invoice_day >= agreed_day else months + 1, invoice_day)
