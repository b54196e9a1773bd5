"""Corrections of recorded usage: a further version of the event, or one that takes it back."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _

from paygent_billing.core.money import format_quantity
from paygent_billing.core.usage import Aggregation
from paygent_billing.services.numbers import day, sum_as_text
from paygent_billing.services.usage.catalogue import customer_called
from paygent_billing.services.usage.checks import archived_before_ms
from paygent_billing.services.usage.days import DayUsage, add_to_days
from paygent_billing.services.usage.incoming import read_amendment, read_voiding
from paygent_billing.services.usage.marks import mark_orders
from paygent_billing.services.usage.results import Refusal, Result, Status
from paygent_billing.services.usage.store import (
	COUNTS,
	NOTHING,
	TAKES_BACK,
	StoredRow,
	content_hash,
	insert_new,
	known_events,
)


def amend(item: object) -> Result:
	"""Gives a recorded event another quantity or properties. The old version is kept; when it is billed, the
	difference comes with the next invoice. Raises Refusal.
	"""
	change = read_amendment(item)
	versions = _versions(change.customer, change.id)
	newest = versions[-1]
	if newest.is_void:
		raise Refusal("void", _("The event was taken back and cannot be amended."), Status.CONFLICT)
	quantity = newest.quantity if change.quantity is None else change.quantity
	_check_sign(newest, quantity)
	properties = change.properties if "properties" in change.model_fields_set else newest.properties
	if (quantity, properties) == (newest.quantity, newest.properties):
		return Result(0, change.id, Status.DUPLICATE)
	_add(versions, _next(newest, quantity=quantity, properties=properties, standing=COUNTS))
	return Result(0, change.id, Status.ACCEPTED)


def void(item: object) -> Result:
	"""Takes a recorded event back. The old version is kept; what was billed for it comes back with the next
	invoice. Raises Refusal.
	"""
	change = read_voiding(item)
	versions = _versions(change.customer, change.id)
	if versions[-1].is_void:
		return Result(0, change.id, Status.DUPLICATE)
	is_billed = any(version.billing_period for version in versions)
	standing = TAKES_BACK if is_billed else NOTHING
	_add(versions, _next(versions[-1], quantity=Decimal(0), is_void=1, standing=standing))
	return Result(0, change.id, Status.ACCEPTED)


def _versions(reference: str, event_id: str) -> list[frappe._dict]:
	"""All versions of the event, oldest first, locked. Refused when there is none that can be corrected."""
	customer = customer_called(reference)
	fields = ["name", *StoredRow._fields, "billing_period", "refused_because"]
	rows = frappe.db.sql(
		f"select {', '.join(fields)}, cast(quantity as char) exact_quantity from `tabUsage Event`"
		" where customer = %s and event_id = %s order by sequence for update",
		(customer, event_id),
		as_dict=True,
	)
	if not rows:
		raise _no_such_event(customer, event_id)
	if rows[-1].refused_because:
		raise Refusal("refused", _("The event was refused and counts for nothing."), Status.CONFLICT)
	before = frappe.db.get_single_value("Paygent Settings", "usage_archived_before")
	if before and rows[-1].occurred_ms < archived_before_ms(before):
		raise _is_archived()
	for row in rows:
		row.quantity = sum_as_text(row.exact_quantity)
	return rows


def _no_such_event(customer: str | None, event_id: str) -> Refusal:
	if customer and known_events([(customer, event_id)]):
		return _is_archived()
	return Refusal("unknown_event", _("No usage of this customer is recorded under this id."))


def _is_archived() -> Refusal:
	return Refusal("archived", _("Usage of that time is archived and stays as it is."), Status.CONFLICT)


def _check_sign(newest: frappe._dict, quantity: Decimal) -> None:
	kind = frappe.get_cached_value("Usage Metric", newest.metric, "aggregation")
	if quantity < 0 and Aggregation(kind.lower()) is not Aggregation.LAST:
		raise Refusal("invalid", _("quantity: must not be negative for this metric"))


def _next(newest: frappe._dict, **values: object) -> StoredRow:
	"""The version after the newest one."""
	fields = {field: newest[field] for field in StoredRow._fields}
	fields |= {"sequence": newest.sequence + 1, "corrects": newest.corrects or newest.name, **values}
	row = StoredRow(**fields)
	parts = (row.ai_agent, row.metric, format_quantity(row.quantity), str(row.occurred_ms), row.properties)
	return row._replace(content_hash=content_hash((*parts, row.billing_order, str(row.is_void))))


def _add(versions: list[frappe._dict], row: StoredRow) -> None:
	"""Stores the new version; the one before it no longer counts."""
	newest = versions[-1]
	table = frappe.qb.DocType("Usage Event")
	frappe.qb.update(table).set(table.standing, NOTHING).where(table.name == newest.name).run()
	if insert_new([row]):
		raise frappe.QueryDeadlockError("another correction of the same event came first")
	key = newest.customer, newest.ai_agent, newest.metric, day(newest.usage_day)
	changes = [DayUsage(*key, -newest.quantity, -1)]
	if row.standing == COUNTS:
		changes.append(DayUsage(*key, row.quantity, 1))
	add_to_days(changes)
	mark_orders([newest.customer])
