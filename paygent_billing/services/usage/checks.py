"""Why an event is not counted: what it names, when it happened, how much it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cint, getdate

from paygent_billing.core.usage import Aggregation
from paygent_billing.services.clock import midnight_ms, zone_of
from paygent_billing.services.usage.catalogue import TAKES_USAGE, Catalogue
from paygent_billing.services.usage.incoming import IncomingEvent
from paygent_billing.services.usage.results import Refusal, Status
from paygent_billing.services.usage.store import StoredRow
from paygent_billing.services.usage.values import milliseconds_of

DAY_MS, MINUTE_MS = 86_400_000, 60_000


@dataclass(frozen=True)
class TimeLimits:
	"""Usage before `oldest_ms` or after `newest_ms` is not counted as it comes, both since 1970 in UTC."""

	oldest_ms: int
	newest_ms: int

	@classmethod
	def of_site(cls, now: datetime) -> TimeLimits:
		settings, now_ms = frappe.get_cached_doc("Paygent Settings"), milliseconds_of(now)
		oldest = now_ms - (cint(settings.usage_past_days) or 400) * DAY_MS
		if settings.usage_archived_before:
			oldest = max(oldest, archived_before_ms(settings.usage_archived_before))
		return cls(oldest, now_ms + (cint(settings.usage_future_minutes) or 60) * MINUTE_MS)


def archived_before_ms(day: object) -> int:
	"""From this moment on no billed usage is archived, in any zone: a day is kept on top."""
	return midnight_ms(getdate(day), zone_of("UTC")) + DAY_MS


def reason_to_refuse(event: IncomingEvent, catalogue: Catalogue) -> Refusal | None:
	"""What is wrong with the event itself, once its metric is known."""
	aggregation = catalogue.metrics.get(event.metric)
	if event.quantity < 0 and aggregation and aggregation is not Aggregation.LAST:
		return Refusal("invalid", _("quantity: must not be negative for this metric"))
	return None


def reason_to_wait(
	event: IncomingEvent, row: StoredRow | None, catalogue: Catalogue, limits: TimeLimits
) -> Refusal | None:
	"""What a person has to mend, or to agree with, before the event counts."""
	if row is None:
		return _waits("unknown_customer", _("There is no customer with this name or external ID."))
	if event.agent not in catalogue.agents:
		return _waits("unknown_agent", _("There is no AI Agent of this name."))
	if event.metric not in catalogue.metrics:
		return _waits("unknown_metric", _("There is no Usage Metric of this code."))
	if row.occurred_ms < limits.oldest_ms:
		return _waits("too_old", _("It happened longer ago than Paygent Settings allow, or is archived."))
	if row.occurred_ms > limits.newest_ms:
		return _waits("in_the_future", _("It happens further in the future than Paygent Settings allow."))
	return _order_to_wait_for(event, row, catalogue)


def _order_to_wait_for(event: IncomingEvent, row: StoredRow, catalogue: Catalogue) -> Refusal | None:
	named = catalogue.orders.get(event.order) if event.order else None
	if event.order and named is None:
		return _waits("unknown_order", _("The customer has no Billing Order of this name."))
	if named and (named.customer != row.customer or event.agent not in named.agents):
		return _waits("unknown_order", _("The named order is not the customer's, or lacks the agent."))
	if named and named.status not in TAKES_USAGE:
		return _waits("inactive_order", _("The named order is not active."))
	if catalogue.order_for(row.customer, event.agent, event.order) is None:
		return _waits("inactive_order", _("The customer has no active order with this agent."))
	return None


def _waits(code: str, reason: str) -> Refusal:
	return Refusal(code, reason, Status.QUARANTINED)
