"""Usage that costs so much that it is invoiced before its period ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.draft import Billing, Facts, bill_before_its_date
from paygent_billing.core.invoicing.invoice import InvoiceLine, LineType
from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.rerating import less_billed
from paygent_billing.core.invoicing.steps import BillingStep, StepKind, period_to_bill
from paygent_billing.core.invoicing.terms import OrderTerms
from paygent_billing.core.money import total_of
from paygent_billing.core.period import Period, period_or_none


def threshold_step(order: OrderTerms, position: OrderPosition, today: date) -> BillingStep | None:
	"""What a threshold invoice of `today` would bill: the usage of the period that runs, up to its expected
	end. None when the order has no threshold, does not serve on that day or waits for its first invoice.
	"""
	if order.waits_for_first_invoice:
		return None
	running = period_to_bill(order, position, today) if order.threshold is not None else None
	return BillingStep(today, StepKind.THRESHOLD, running, None) if running else None


def billed_beforehand(position: OrderPosition, step: BillingStep) -> Period | None:
	"""The days on which the stretches begin whose usage earlier threshold invoices may hold when the step is
	billed: what they hold is `Facts.billed`. None when there can be none.
	"""
	if not position.thresholds:
		return None
	if step.kind is StepKind.THRESHOLD:
		return step.arrears
	return period_or_none(position.billed_on or date.min, step.date)


def unbilled_cost(order: OrderTerms, step: BillingStep, facts: Facts) -> Decimal:
	"""What the running period's usage so far costs more than its threshold invoices hold."""
	return total_of(line.amount for line in _lines(order, step, facts))


def is_reached(order: OrderTerms, step: BillingStep, facts: Facts) -> bool:
	"""Whether the unbilled usage of the running period is to be invoiced now."""
	return order.threshold is not None and unbilled_cost(order, step, facts) >= order.threshold


def bill_threshold(order: OrderTerms, position: OrderPosition, step: BillingStep, facts: Facts) -> Billing:
	"""The usage of the running period that is not billed yet, less credits, with tax.

	Minimums, fees and what waits for the next invoice stay for the billing date. The position stays where it
	is and counts one more threshold invoice.
	"""
	counted = replace(position, thresholds=position.thresholds + 1)
	return bill_before_its_date(order, counted, step, facts, list(_lines(order, step, facts)))


def _lines(order: OrderTerms, step: BillingStep, facts: Facts) -> Iterator[InvoiceLine]:
	if step.arrears is None:
		raise ValueError("A threshold bills the usage of a running period")
	rated = usage_lines(order, step.arrears, facts.quantities)
	usage = (line for line in rated if line.type is LineType.USAGE)
	return less_billed(order, usage, facts.billed)
