"""Patch: usage that was recorded before events had versions, days and a hash of their content."""

from __future__ import annotations

import json

import frappe

from paygent_billing.core.money import format_quantity
from paygent_billing.services import clock
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.usage.days import rebuild_days
from paygent_billing.services.usage.store import NOTHING, content_hash
from paygent_billing.services.usage.values import read_properties

ROWS_AT_ONCE = 5000


def execute() -> None:
	"""Gives each older event its standing, day and hash, and counts the days. May run again."""
	events = frappe.qb.DocType("Usage Event")
	refused = frappe.qb.update(events).set(events.standing, NOTHING)
	refused.where(events.refused_because.isnotnull() & (events.refused_because != "")).run()
	while rows := _rows_without_a_hash():
		for row in rows:
			frappe.db.set_value("Usage Event", row.name, _values(row), update_modified=False)
		frappe.db.commit()
	rebuild_days()


def _rows_without_a_hash() -> list[frappe._dict]:
	return frappe.db.sql(
		"select event.name, event.ai_agent, event.metric, event.occurred_ms, event.properties,"
		" event.billing_order,"
		" cast(event.quantity as char) quantity, (select orders.time_zone from `tabBilling Order` orders"
		" join `tabOrder Line` line on line.parent = orders.name where orders.customer = event.customer"
		" and line.agent = event.ai_agent and orders.name = ifnull(event.billing_order, orders.name)"
		" order by orders.name limit 1) time_zone"
		" from `tabUsage Event` event where event.content_hash is null limit %s",
		(ROWS_AT_ONCE,),
		as_dict=True,
	)


def _values(row: frappe._dict) -> dict[str, object]:
	content = (
		row.ai_agent,
		row.metric,
		format_quantity(sum_as_text(row.quantity)),
		str(row.occurred_ms),
		_properties(row.properties),
		row.billing_order,
	)
	day = clock.today_in(clock.zone_of(row.time_zone), clock.moment_of(row.occurred_ms))
	return {"content_hash": content_hash(content), "usage_day": day}


def _properties(text: str | None) -> str | None:
	"""As they are compared with what is sent; what would not be taken any more stays as it is."""
	try:
		return read_properties(json.loads(text)) if text else None
	except ValueError:
		return text
