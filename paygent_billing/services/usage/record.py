"""Recording usage through the ordinary document API."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime

from paygent_billing.core.usage import Aggregation
from paygent_billing.services import clock
from paygent_billing.services.numbers import exact
from paygent_billing.services.usage.overage import refuse_beyond_credits


def prepare_event(event: Document) -> None:
	"""Completes and checks a new event. The time may carry a zone; without one it is the site's.

	Refused when the id is taken, the time or quantity makes no sense, or the credits of a line that blocks
	are used up.
	"""
	_check_texts(event)
	_set_time(event)
	_check_quantity(event)
	_check_properties(event)
	event.billing_order = event.billing_order or None
	event.billing_period = event.refused_because = None
	_refuse_known_id(event)
	if not event.flags.is_kept_as_refused:
		refuse_beyond_credits(event)
	event.flags.from_service = True


def _check_texts(event: Document) -> None:
	"""An id or name that is a list or an object would be read as a filter, not as a value."""
	for field in ("event_id", "customer", "ai_agent", "metric", "billing_order"):
		if isinstance(event.get(field), (list, dict)):
			frappe.throw(_("{0} must be a text.").format(_(event.meta.get_label(field))))


def _set_time(event: Document) -> None:
	moment = _moment(event.occurred_at)
	event.occurred_ms = clock.milliseconds(moment)
	event.occurred_at = moment.astimezone(clock.zone_of(None)).replace(tzinfo=None)


def _moment(value: str | datetime | None) -> datetime:
	if value is None or value == "":
		return now_datetime().replace(tzinfo=clock.zone_of(None))
	try:
		moment = (
			value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))
		)
		zoned = moment if moment.tzinfo else moment.replace(tzinfo=clock.zone_of(None))
		return zoned.astimezone(timezone.utc)
	except (ValueError, TypeError, AttributeError, OverflowError):
		frappe.throw(
			_("{0} is no time. Write it as 2026-01-31T23:59:59Z or with another zone.").format(value)
		)


def _check_quantity(event: Document) -> None:
	aggregation = frappe.get_cached_value("Usage Metric", event.metric, "aggregation")
	if not aggregation:
		frappe.throw(_("There is no usage metric {0}.").format(event.metric))
	try:
		quantity = exact(event.quantity)
	except ValueError:
		frappe.throw(_("The quantity {0} is not a number below 10^12.").format(cstr(event.quantity)[:40]))
	if quantity < 0 and Aggregation(aggregation.lower()) is not Aggregation.LAST:
		frappe.throw(_("The quantity cannot be negative, as {0} is.").format(event.quantity))


def _check_properties(event: Document) -> None:
	"""Properties are an object, as such or as its JSON text."""
	event.properties = event.properties or None
	try:
		value = json.loads(event.properties) if isinstance(event.properties, str) else event.properties
	except ValueError:
		value = event.properties
	if not isinstance(value, dict | None):
		frappe.throw(_("The properties must be a JSON object."))


def _refuse_known_id(event: Document) -> None:
	"""Says early, and kindly, what the unique key decides in the end."""
	if frappe.db.exists("Usage Event", {"customer": event.customer, "event_id": event.event_id}):
		refuse_duplicate(event)


def refuse_duplicate(event: Document) -> None:
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
