"""When a billing date's invoice is issued: usage that is still under way is waited for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from paygent_billing.core.invoicing.arrears import usage_needed
from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.steps import BillingStep, next_step
from paygent_billing.core.invoicing.terms import NO_GRACE, OrderTerms
from paygent_billing.core.period import midnight


def due_at(order: OrderTerms, step: BillingStep, zone: ZoneInfo) -> datetime:
	"""The moment, in UTC, from which on the step is billed: midnight of its date in the zone, and the grace.

	Until then its invoice is a draft. A step that bills no metered charge has no grace.
	"""
	return midnight(step.date, zone) + (order.grace if has_grace(order, step) else NO_GRACE)


def has_grace(order: OrderTerms, step: BillingStep) -> bool:
	"""Whether the step's invoice is a draft from its date on, until it is issued."""
	return bool(order.grace and step.arrears and usage_needed(order, step.arrears))


def waiting_step(
	order: OrderTerms, position: OrderPosition, zone: ZoneInfo, moment: datetime
) -> BillingStep | None:
	"""The step whose date has come at the moment, and whose invoice is a draft because its grace runs."""
	step = next_step(order, position)
	if step is None or not has_grace(order, step):
		return None
	return step if midnight(step.date, zone) <= moment < due_at(order, step, zone) else None
