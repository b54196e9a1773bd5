"""Recording usage through the ordinary document API."""

from __future__ import annotations

from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from paygent_billing.core.usage import Aggregation
from paygent_billing.services import clock
from paygent_billing.services.numbers import exact
from paygent_billing.services.usage.overage import refuse_beyond_credits


def prepare_event(event: Document) -> None:
	"""Completes and checks a new event. The time may carry a zone; without one it is the site's.

	Refused when the id is taken, the time or quantity makes no sense, or the credits of a line that blocks
	are used up.
	"""
	_set_time(event)
	_check_quantity(event)
	event.billing_order = event.billing_order or None
	event.billing_period = event.refused_because = None
	_refuse_known_id(event)
	if not event.flags.is_kept_as_refused:
		refuse_beyond_credits(event)
	event.flags.from_service = True


def _set_time(event: Document) -> None:
	moment = _moment(event.occurred_at)
	event.occurred_ms = clock.milliseconds(moment)
	event.occurred_at = moment.astimezone(clock.zone_of(None)).replace(tzinfo=None)


def _moment(value: str | datetime | None) -> datetime:
	if value is None or value == "":
		return now_datetime().replace(tzinfo=clock.zone_of(None))
	try:
		moment = (
			datetime.fromisoformat(value.replace("Z", "+00:00"))
			if isinstance(value, str)
			else get_datetime(value)
		)
	except ValueError:
		frappe.throw(
			_("{0} is no time. Write it as 2026-01-31T23:59:59Z or with another zone.").format(value)
		)
	return (moment if moment.tzinfo else moment.replace(tzinfo=clock.zone_of(None))).astimezone(timezone.utc)


def _check_quantity(event: Document) -> None:
	aggregation = frappe.get_cached_value("Usage Metric", event.metric, "aggregation")
	if not aggregation:
		frappe.throw(_("There is no usage metric {0}.").format(event.metric))
	quantity = exact(event.quantity)
	if not quantity.is_finite() or abs(quantity) >= 10**12:
		frappe.throw(_("The quantity {0} is not a number below 10^12.").format(event.quantity))
	if quantity < 0 and Aggregation(aggregation.lower()) is not Aggregation.LAST:
		frappe.throw(_("The quantity cannot be negative, as {0} is.").format(event.quantity))


def _refuse_known_id(event: Document) -> None:
	"""Says early, and kindly, what the unique key decides in the end."""
	filters = {"customer": event.customer, "event_id": event.event_id}
	if frappe.db.exists("Usage Event", filters):
		frappe.throw(
			_("Usage {0} of {1} is recorded already.").format(event.event_id, event.customer),
			frappe.DuplicateEntryError,
		)


def keep_refused(event: Document, reason: str) -> None:
	"""Stores usage that was refused, with the reason, so that it is seen and never billed."""
	kept = frappe.copy_doc(event)
	kept.flags.is_kept_as_refused = True
	kept.insert()
	frappe.db.set_value("Usage Event", kept.name, "refused_because", reason, update_modified=False)
