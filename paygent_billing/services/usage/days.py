"""The daily roll-up of usage, kept in the transaction that changes the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import md5
from typing import NamedTuple

import frappe
from frappe.utils import now

COLUMNS = (
	"name, creation, modified, owner, modified_by, customer, ai_agent, metric, usage_day, quantity, events"
)


class DayUsage(NamedTuple):
	"""What the roll-up of one day changes by; a correction takes its old version off with events -1."""

	customer: str
	agent: str
	metric: str
	day: date
	quantity: Decimal
	events: int = 1


def add_to_days(changes: Iterable[DayUsage]) -> None:
	"""Adds the changes to their days, in one statement and in one order, so that writers do not deadlock."""
	totals: dict[tuple, list] = defaultdict(lambda: [Decimal(0), 0])
	for change in changes:
		total = totals[change[:4]]
		total[0] += change.quantity
		total[1] += change.events
	if not totals:
		return
	moment, user = now(), frappe.session.user
	rows = [
		(_name(key), moment, moment, user, user, *key, quantity, events)
		for key, (quantity, events) in totals.items()
	]
	marks = ", ".join(["(" + ", ".join(["%s"] * 11) + ")"] * len(rows))
	frappe.db.sql(
		f"insert into `tabUsage Day` ({COLUMNS}) values {marks} on duplicate key update"
		" quantity = quantity + values(quantity), events = events + values(events),"
		" modified = values(modified)",
		[value for row in sorted(rows) for value in row],
	)


def rebuild_days() -> int:
	"""Counts all days anew from the events and replaces the roll-up, but for days that are archived. Returns
	the number of days.
	"""
	before = frappe.db.get_single_value("Paygent Settings", "usage_archived_before") or date.min
	frappe.db.sql("delete from `tabUsage Day` where usage_day >= %s", (before,))
	frappe.db.sql(
		f"insert into `tabUsage Day` ({COLUMNS})"
		" select md5(concat_ws('\\n', customer, ai_agent, metric, usage_day)), now(6), now(6), %s, %s,"
		" customer, ai_agent, metric, usage_day, sum(quantity), count(*) from `tabUsage Event`"
		" where standing = 1 and usage_day >= %s group by customer, ai_agent, metric, usage_day",
		(frappe.session.user, frappe.session.user, before),
	)
	return frappe.db.count("Usage Day")


def ensure_day_keys() -> None:
	"""The key for a customer's overview; the name itself is made of customer, agent, metric and day."""
	frappe.db.add_index(
		"Usage Day", ["customer", "usage_day", "ai_agent", "metric"], index_name="days_of_a_customer"
	)


def _name(key: tuple) -> str:
	"""As MariaDB makes it in `rebuild_days`: no secret, only a short name for the four values."""
	return md5("\n".join(map(str, key)).encode(), usedforsecurity=False).hexdigest()
