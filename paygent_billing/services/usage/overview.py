"""Usage to look at: by day, and what the running period has cost so far. Reads only."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe.model.document import Document
from pypika.functions import Cast, Count, Sum

from paygent_billing.core.invoicing import usage_needed
from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.invoice import InvoiceLine
from paygent_billing.core.money import Currency, format_price, format_quantity, total_of
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.orders.terms import position_of, terms_of
from paygent_billing.services.usage import quarantine
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.usage.store import NOTHING


def usage_by_day(
	customer: str, period: Period, agent: str | None, metric: str | None
) -> list[dict[str, Any]]:
	"""The customer's usage of each day, agent and metric, from the roll-up: sums of quantities and counts."""
	days = frappe.qb.DocType("Usage Day")
	query = (
		frappe.qb.from_(days)
		.select(
			days.usage_day, days.ai_agent, days.metric, Cast(Sum(days.quantity), "CHAR"), Sum(days.events)
		)
		.where((days.customer == customer) & (days.events != 0))
		.where((days.usage_day >= period.start) & (days.usage_day < period.end))
		.groupby(days.usage_day, days.ai_agent, days.metric)
		.orderby(days.usage_day, days.ai_agent, days.metric)
	)
	for column, wanted in ((days.ai_agent, agent), (days.metric, metric)):
		query = query.where(column == wanted) if wanted else query
	return [
		{
			"day": str(day),
			"agent": agent_name,
			"metric": metric_code,
			"quantity": format_quantity(sum_as_text(quantity)),
			"events": int(events),
		}
		for day, agent_name, metric_code, quantity, events in query.run()
	]


def usage_so_far(customer: str, now: datetime) -> list[dict[str, Any]]:
	"""For each order of the customer that the user may read: the running period's usage at its prices."""
	names = frappe.get_list(
		"Billing Order",
		filters={"customer": customer, "status": ["in", ["Active", "Paused"]]},
		pluck="name",
		order_by="name asc",
	)
	return [_so_far(frappe.get_doc("Billing Order", name), now) for name in names]


def unbilled(customer: str | None = None) -> dict[str, int]:
	"""How many events are on no invoice: waiting for their period, refused by reason, and in quarantine by
	code.
	"""
	events = frappe.qb.DocType("Usage Event")
	query = (
		frappe.qb.from_(events)
		.select(events.refused_because, Count("*"))
		.where(events.billing_period.isnull())
	)
	query = query.where((events.standing != NOTHING) | events.refused_because.isnotnull())
	query = query.where(events.customer == customer) if customer else query
	counts = {
		reason or "period not ended": count for reason, count in query.groupby(events.refused_because).run()
	}
	return counts | {
		f"quarantine: {code}": count for code, count in quarantine.count_waiting(customer).items()
	}


def _so_far(order: Document, now: datetime) -> dict[str, Any]:
	terms, zone = terms_of(order), zone_of(order.time_zone)
	today = today_in(zone, now)
	start = position_of(order).billed_on or terms.start
	period = period_or_none(start, max(terms.calendar.full_period(max(today, start)).end, start))
	lines: list[InvoiceLine] = []
	if period:
		usage = OrderUsage(order, terms, zone, "")
		lines = list(usage_lines(terms, period, usage.so_far(usage_needed(terms, period))))
	return {
		"order": order.name,
		"currency": terms.currency.code,
		"period_from": str(period.start) if period else None,
		"period_to": str(period.last_day) if period else None,
		"lines": [_line(line, terms.currency) for line in lines if line.type.value == "usage"],
		"amount": terms.currency.format(total_of(row.amount for row in lines if row.type.value == "usage")),
	}


def _line(line: InvoiceLine, currency: Currency) -> dict[str, Any]:
	return {
		"agent": line.agent,
		"charge": line.charge,
		"quantity": format_quantity(line.quantity),
		"unit_price": format_price(line.unit_price) if line.unit_price is not None else None,
		"amount": currency.format(line.amount),
		"explain": line.explain,
	}


def days_or_default(first: date | None, last: date | None, today: date) -> Period | None:
	"""The asked days, both included; without them the 31 days up to today. None when they are the wrong way
	round.
	"""
	end = (last or today) + timedelta(days=1)
	return period_or_none(first or end - timedelta(days=31), end)
