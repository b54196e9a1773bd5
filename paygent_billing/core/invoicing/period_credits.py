"""Credits that come with each billing period of an order, while a fee with a longer period is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.runs import ChargeRun, grants_each_period, periodic_runs
from paygent_billing.core.invoicing.steps import BillingStep
from paygent_billing.core.invoicing.terms import OrderTerms
from paygent_billing.core.money import EXACT
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.core.proration import WHOLE, share_of


@dataclass(frozen=True)
class PeriodCredits:
	"""The credits of a line for the days of a period, as money.

	They belong to the invoice of the line's fee that was billed from `fee_from` on.
	"""

	line: str
	charge: str
	amount: Decimal
	period: Period
	fee_from: date


def period_credits(
	order: OrderTerms, position: OrderPosition, step: BillingStep
) -> tuple[PeriodCredits, ...]:
	"""The credits for the period that the step begins, in parts where a known change splits it; `position` is
	the one before the step.
	"""
	return tuple(_period_credits(order, position, step.advance)) if step.advance else ()


def _period_credits(order: OrderTerms, position: OrderPosition, period: Period) -> Iterator[PeriodCredits]:
	for run in periodic_runs(order):
		served = _days_served(run, period)
		if served is None or not run.quantity or not grants_each_period(order, run):
			continue
		amount = _amount(order, run, served)
		if amount:
			fee_from = _fee_from(position, run, served)
			yield PeriodCredits(run.line.id, run.charge.id, amount, served, fee_from)


def _days_served(run: ChargeRun, period: Period) -> Period | None:
	"""The days of the period on which the line serves under the run's price."""
	end = min(run.end, run.line.end or date.max)
	return period_or_none(max(run.start, period.start), min(end, period.end))


def _amount(order: OrderTerms, run: ChargeRun, served: Period) -> Decimal:
	"""The share of the order's full period, rounded as money is."""
	share = share_of(served, order.calendar.full_period(served.start)) if order.proration else WHOLE
	granted = EXACT.multiply(run.charge.credits, order.credit_value)
	return order.currency.round(share.apply(granted))


def _fee_from(position: OrderPosition, run: ChargeRun, served: Period) -> date:
	"""The first day of the fee that covers the first of these days: one billed before, or the step's own."""
	fee = position.fees.get(run.key)
	return fee.served.start if fee and served.start in fee.served else served.start
