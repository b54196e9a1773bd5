"""A usage line of an invoice: whose usage it bills, of which days, and what it says it was billed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe import _

from paygent_billing.core.period import Period
from paygent_billing.services.clock import milliseconds, zone_of
from paygent_billing.services.numbers import day

FIELDS = ("name", "parent", "idx", "ai_agent", "service_from", "service_to", "order_line", "billing_charge")
EVIDENCE = ("usage_metric", "usage_period", "usage_events", "usage_hash")


@dataclass(frozen=True)
class BilledLine:
	"""One usage line. `begin_ms` up to `end_ms` is its stretch, in ms since 1970 in UTC; `period` is the
	Billing Period with which it was billed.
	"""

	name: str
	invoice: str
	number: int
	customer: str
	order: str
	agent: str
	metric: str
	period: str
	begin_ms: int
	end_ms: int
	events: int = 0
	hash: str = ""


def line_of(invoice: str, row: str) -> BilledLine:
	"""The usage line with that name, or that number, on the invoice. Refused when there is none."""
	lines = usage_lines_of(invoice)
	found = next((line for line in lines if row in (line.name, str(line.number))), None)
	return found or frappe.throw(
		_("Line {0} of {1} bills no usage, or from before the billing kept what it was billed from.").format(
			row, invoice
		)
	)


def usage_lines_of(invoice: str) -> list[BilledLine]:
	"""The invoice's usage lines that say what they were billed from, from the top."""
	rows = rows_of_usage(invoice, [*FIELDS, *EVIDENCE])
	head = frappe.db.get_value("Sales Invoice", invoice, ["customer", "billing_order"], as_dict=True)
	return [billed_line(head, row) for row in rows if row.usage_hash]


def rows_of_usage(invoice: str, fields: list[str]) -> list[frappe._dict]:
	"""The rows of the invoice that bill usage."""
	filters = {"parent": invoice, "parenttype": "Sales Invoice", "billing_type": "usage"}
	return frappe.get_all("Sales Invoice Item", filters, fields, order_by="idx asc")


def billed_line(head: frappe._dict, row: frappe._dict) -> BilledLine:
	"""The row of the invoice whose customer and order `head` names."""
	zone = zone_of(frappe.get_cached_value("Billing Order", head.billing_order, "time_zone"))
	first = day(row.service_from)
	begin, end = Period(first, day(row.service_to) + timedelta(days=1)).instants(zone)
	return BilledLine(
		name=row.name,
		invoice=row.parent,
		number=row.idx,
		customer=head.customer,
		order=head.billing_order,
		agent=row.ai_agent,
		metric=row.usage_metric,
		period=row.usage_period,
		begin_ms=milliseconds(begin),
		end_ms=milliseconds(end),
		events=row.usage_events or 0,
		hash=row.usage_hash or "",
	)


def invoices_with_usage() -> Iterator[str]:
	"""All invoices with a line that says what it was billed from, oldest first, a page at a time."""
	after = ""
	while names := _next_invoices(after):
		yield from names
		after = names[-1]


def _next_invoices(after: str) -> list[str]:
	item = frappe.qb.DocType("Sales Invoice Item")
	query = frappe.qb.from_(item).select(item.parent).distinct().where(item.usage_hash.isnotnull())
	return query.where(item.parent > after).orderby(item.parent).limit(1000).run(pluck=True)
