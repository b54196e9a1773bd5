"""When a billing date's invoice is issued: usage that is still under way is waited for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from paygent_billing.core.invoicing.arrears import usage_needed
from paygent_billing.core.invoicing.invoice_cycle import invoice_date
from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.steps import BillingStep, next_step
from paygent_billing.core.invoicing.terms import NO_GRACE, OrderTerms
from paygent_billing.core.period import midnight


def due_at(order: OrderTerms, step: BillingStep, zone: ZoneInfo) -> datetime | None:
	"""The moment, in UTC, from which on the step is billed: midnight of its invoice date in the zone, and the
	grace. None while a person has still to make the order's first invoice.

	In the grace its invoice is a draft. A step that bills no metered charge has none.
	"""
	begins = _begins_at(order, step, zone)
	return begins and begins + (order.grace if has_grace(order, step) else NO_GRACE)


def is_due(order: OrderTerms, step: BillingStep, zone: ZoneInfo, moment: datetime) -> bool:
	"""Whether the step's invoice date, and the grace for its usage, have come at the moment."""
	due = due_at(order, step, zone)
	return due is not None and due <= moment


def has_grace(order: OrderTerms, step: BillingStep) -> bool:
	"""Whether the step's invoice is a draft from its invoice date on, until it is issued."""
	return bool(order.grace and step.arrears and usage_needed(order, step.arrears))


def waiting_step(
	order: OrderTerms, position: OrderPosition, zone: ZoneInfo, moment: datetime
) -> BillingStep | None:
	"""The step whose invoice date has come at the moment, and whose invoice is a draft because its grace
	runs.
	"""
	step = next_step(order, position)
	begins = _begins_at(order, step, zone) if step else None
	if step is None or begins is None or not has_grace(order, step):
		return None
	return step if begins <= moment < begins + order.grace else None


def _begins_at(order: OrderTerms, step: BillingStep, zone: ZoneInfo) -> datetime | None:
	day = invoice_date(order, step)
	return midnight(day, zone) if day else None
