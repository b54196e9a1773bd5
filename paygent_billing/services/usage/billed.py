"""Usage that came after its period was billed: the period is rated again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import frappe
from pypika.functions import Cast, Sum

from paygent_billing.core.invoicing import BilledUsage, LatePeriod, usage_needed
from paygent_billing.core.invoicing.rerating import BilledKey
from paygent_billing.core.period import Period, local_date
from paygent_billing.services.clock import midnight_ms
from paygent_billing.services.numbers import day
from paygent_billing.services.usage.quantities import OrderUsage

RERATED = ("usage", "minimum")
BILLED_STATES = ("Billed", "Nothing to bill")


def late_periods(usage: OrderUsage, *, before: date) -> tuple[LatePeriod, ...]:
	"""The order's billed periods into which usage has come since, with all their quantities anew. Claims
	it.
	"""
	return tuple(_rated_again(usage, period) for period in _periods_with_late_usage(usage, before))


def late_periods_so_far(usage: OrderUsage, *, before: date) -> tuple[LatePeriod, ...]:
	"""As `late_periods`, for a look ahead: claims nothing."""
	return tuple(_seen_again(usage, period) for period in _periods_with_late_usage(usage, before))


def _periods_with_late_usage(usage: OrderUsage, before: date) -> list[Period]:
	first = usage.first_unbilled_before(midnight_ms(before, usage.zone))
	if first is None:
		return []
	first_day = local_date(datetime.fromtimestamp(first / 1000, tz=timezone.utc), usage.zone)
	return _billed_periods(usage, first_day)


def _rated_again(usage: OrderUsage, period: Period) -> LatePeriod:
	needed = usage_needed(usage.terms, period)
	usage.claim(needed)
	return LatePeriod(period, usage.billed(needed), dict(billed_usage(usage.order.name, period)))


def _seen_again(usage: OrderUsage, period: Period) -> LatePeriod:
	return LatePeriod(
		period, usage.so_far(usage_needed(usage.terms, period)), dict(billed_usage(usage.order.name, period))
	)


def _billed_periods(usage: OrderUsage, first_day: date) -> list[Period]:
	"""The periods whose arrears were billed before and that end after the day, oldest first."""
	rows = frappe.get_all(
		"Billing Period",
		filters={
			"billing_order": usage.order.name,
			"name": ["!=", usage.period],
			"arrears_until": [">", first_day],
			"state": ["in", BILLED_STATES],
			"kind": ["!=", "Threshold"],
		},
		fields=["arrears_from", "arrears_until"],
		order_by="start asc",
	)
	return [Period(day(row.arrears_from), day(row.arrears_until)) for row in rows]


def billed_usage(
	order: str, period: Period, *, origin: str | None = None
) -> Iterator[tuple[BilledKey, BilledUsage]]:
	"""What invoices hold of the usage and minimums whose stretch begins in the period, by line, charge and
	stretch; of invoices of one origin only, when it is given.

	A void invoice still counts: its usage is not billed again by itself. One that was replaced does not.
	"""
	invoice, item = frappe.qb.DocType("Sales Invoice"), frappe.qb.DocType("Sales Invoice Item")
	query = (
		frappe.qb.from_(item)
		.join(invoice)
		.on(invoice.name == item.parent)
		.select(item.order_line, item.billing_charge, item.service_from, item.service_to)
		.select(Cast(Sum(item.billed_quantity), "CHAR"), Cast(Sum(item.amount), "CHAR"))
		.where(invoice.billing_order == order)
		.where(invoice.docstatus.isin((1, 2)))
		.where(invoice.replaced_by.isnull() | (invoice.replaced_by == ""))
		.where(item.billing_type.isin(RERATED))
		.where(item.service_from >= period.start)
		.where(item.service_from < period.end)
		.groupby(item.order_line, item.billing_charge, item.service_from, item.service_to)
	)
	if origin:
		query = query.where(invoice.billing_origin == origin)
	for line, charge, first, last, quantity, amount in query.run():
		stretch = Period(day(first), day(last) + timedelta(days=1))
		yield (line, charge, stretch), BilledUsage(Decimal(quantity), Decimal(amount))
