"""Recording usage through the ordinary document API."""

from __future__ import annotations

from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime

from paygent_billing.core.usage import Aggregation
from paygent_billing.services import clock
from paygent_billing.services.numbers import exact
from paygent_billing.services.usage.catalogue import Catalogue, catalogue_for
from paygent_billing.services.usage.days import DayUsage
from paygent_billing.services.usage.incoming import IncomingEvent
from paygent_billing.services.usage.overage import refuse_beyond_credits
from paygent_billing.services.usage.store import COUNTS, NOTHING, StoredRow, content_hash, known_events
from paygent_billing.services.usage.values import read_properties


def prepare_event(event: Document) -> None:
	"""Completes and checks a new event. The time may carry a zone; without one it is the site's.

	Refused when the id is taken, the time or quantity makes no sense, or the credits of a line that blocks
	are used up.
	"""
	_check_texts(event)
	moment = _moment(event.occurred_at)
	_check_quantity(event)
	event.billing_order = event.billing_order or None
	event.properties = _properties(event)
	_refuse_known_id(event)
	incoming = _incoming(event, moment)
	catalogue = catalogue_for([incoming])
	row = _row(incoming, catalogue)
	event.update(row._asdict())
	event.billing_period = None
	event.refused_because = event.flags.refused_because
	event.standing = NOTHING if event.refused_because else COUNTS
	if not event.refused_because:
		refuse_beyond_credits(row, catalogue, clock.now())
	event.quantity = float(row.quantity)
	event.flags.from_service = True


def _check_texts(event: Document) -> None:
	"""An id or name that is a list or an object would be read as a filter, not as a value."""
	for field in ("event_id", "customer", "ai_agent", "metric", "billing_order"):
		if isinstance(event.get(field), (list, dict)):
			frappe.throw(_("{0} must be a text.").format(_(event.meta.get_label(field))))


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


def _properties(event: Document) -> str | None:
	try:
		value = frappe.parse_json(event.properties) if event.properties else None
	except ValueError:
		frappe.throw(_("The properties must be a JSON object."))
	try:
		return read_properties(value)
	except ValueError as error:
		frappe.throw(_("The properties must be a JSON object: they {0}.").format(error))


def _refuse_known_id(event: Document) -> None:
	"""Says early, and kindly, what the unique key decides in the end."""
	key = event.customer, event.event_id
	if key in known_events([key]):
		refuse_duplicate(event)


def refuse_duplicate(event: Document) -> None:
	frappe.throw(
		_("Usage {0} of {1} is recorded already.").format(event.event_id, event.customer),
		frappe.DuplicateEntryError,
	)


def _incoming(event: Document, moment: datetime) -> IncomingEvent:
	"""The event as a program would have sent it, so that sending it again is recognised."""
	return IncomingEvent.model_construct(
		id=event.event_id,
		customer=event.customer,
		agent=event.ai_agent,
		metric=event.metric,
		quantity=exact(event.quantity),
		occurred_at=moment,
		properties=event.properties,
		order=event.billing_order,
	)


def row_of(event: IncomingEvent, customer: str, catalogue: Catalogue, hashed: str) -> StoredRow:
	"""The event as it is stored: its local time is the site's, its day the order's."""
	order = catalogue.order_for(customer, event.agent, event.order)
	return StoredRow(
		customer,
		event.id,
		event.agent,
		event.metric,
		event.quantity,
		event.order,
		event.occurred_at.astimezone(catalogue.site_zone).replace(tzinfo=None),
		event.occurred_ms,
		event.occurred_at.astimezone(order.zone if order else catalogue.site_zone).date(),
		event.properties,
		hashed,
	)


def _row(event: IncomingEvent, catalogue: Catalogue) -> StoredRow:
	return row_of(event, event.customer, catalogue, content_hash(event.content))


def counted_usage(event: Document) -> list[DayUsage]:
	"""What the event adds to its day."""
	if event.standing != COUNTS:
		return []
	values = event.customer, event.ai_agent, event.metric, event.usage_day, exact(event.quantity)
	return [DayUsage(*values)]


def keep_refused(event: Document, reason: str) -> None:
	"""Stores usage that was refused, with the reason, so that it is seen and never billed."""
	kept = frappe.copy_doc(event)
	kept.flags.refused_because = reason
	kept.insert()
