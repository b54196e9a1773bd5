"""A Billing Order document as the core's terms and position, and back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import (
	Discount,
	LineVersion,
	OrderLine,
	OrderPosition,
	OrderTerms,
	Pause,
	due_at,
	invoice_date,
	next_step,
)
from paygent_billing.core.money import ONE, ZERO
from paygent_billing.core.period import BillingCalendar, Interval, Unit
from paygent_billing.core.wallet import Overage, Rollover
from paygent_billing.services.clock import milliseconds, zone_of
from paygent_billing.services.numbers import currency_of, day, exact, exact_or_none
from paygent_billing.services.orders.prices import prices_of_line


def terms_of(order: Document) -> OrderTerms:
	"""The order's contract with its history. ValueError says what in it makes no sense."""
	start = day(order.start_date)
	return OrderTerms(
		id=order.name or "",
		customer=order.customer,
		currency=currency_of(order.currency),
		calendar=calendar_of(order),
		start=start,
		lines=tuple(
			_line(name, list(rows)) for name, rows in groupby(_by_line(order), key=lambda row: row.line)
		),
		end=end_of(order),
		pauses=tuple(Pause(day(row.paused_on), day(row.resumed_on)) for row in order.pauses),
		proration=bool(order.proration),
		zero_invoices=bool(order.zero_invoices),
		discount=_discount(order),
		invoices_changes_now=order.invoice_changes == "Now",
		credits_paused_days=bool(order.credit_paused_days),
		credits_on_end=bool(order.credit_on_end),
		credit_value=credit_value(order.customer, order.currency),
		grace=timedelta(hours=order.grace_hours or 0),
		threshold=exact_or_none(order.threshold),
		first_invoice_by_hand=bool(order.first_invoice_by_hand),
		invoice_anchor=day(order.invoice_anchor),
	)


def calendar_of(order: Document) -> BillingCalendar:
	"""The calendar on which the order is billed."""
	interval = Interval(Unit(order.interval_unit.lower()), order.interval_count)
	return BillingCalendar.of_order(
		day(order.start_date), interval, order.billing_day, day(order.first_billing_date)
	)


def end_of(order: Document) -> date | None:
	"""The first day without service, or None."""
	last = day(order.end_date) if order.ends != "No end" else None
	return last + timedelta(days=1) if last else None


def last_day_of_term(order: Document) -> date:
	"""The last day of an order that runs for a number of full periods; a stub comes on top."""
	return calendar_of(order).boundary(order.term_periods) - timedelta(days=1)


def credit_value(customer: str, currency: str) -> Decimal:
	"""The money that one credit of the customer is worth."""
	filters = {"customer": customer, "currency": currency}
	return exact(frappe.db.get_value("Prepaid Wallet", filters, "credit_value", cache=True)) or ONE


def position_of(order: Document) -> OrderPosition:
	"""How far the order is billed."""
	return OrderPosition.from_json(json.loads(order.position) if order.position else None)


def set_position(order: Document, position: OrderPosition) -> None:
	"""Writes the position, and the next billing date that follows from it, into the document."""
	order.update(position_values(order, position))


def position_values(order: Document, position: OrderPosition) -> dict[str, object]:
	"""The order's fields for the position: the position itself and when it is due next."""
	terms = terms_of(order)
	step = next_step(terms, position)
	due = due_at(terms, step, zone_of(order.time_zone)) if step else None
	return {
		"position": json.dumps(position.to_json()),
		"billed_on": position.billed_on,
		"next_billing_date": invoice_date(terms, step) if step else None,
		"next_billing_ms": milliseconds(due) if due else 0,
	}


def _by_line(order: Document) -> list[Document]:
	"""The rows, line after line in the order of their first row, each line's oldest first."""
	first = {}
	for number, row in enumerate(order.lines):
		first.setdefault(row.line, number)
	return sorted(order.lines, key=lambda row: (first[row.line], day(row.valid_from)))


def _line(name: str, rows: list[Document]) -> OrderLine:
	newest = rows[-1]
	return OrderLine(
		id=name,
		agent=newest.agent,
		versions=tuple(_version(row) for row in rows),
		rollover=rollover_of(newest),
		overage=Overage((newest.overage or "Bill").lower()),
		expiry_days=newest.expiry_days or None,
	)


def _version(row: Document) -> LineVersion:
	plan = row.plan if row.pricing != "No plan" else None
	unit, count = (
		frappe.get_cached_value("Agent Plan", plan, ["interval_unit", "interval_count"])
		if plan
		else (None, 1)
	)
	return LineVersion(
		valid_from=day(row.valid_from),
		charges=prices_of_line(plan, row.agent),
		valid_until=day(row.valid_until),
		seats=row.seats or 0,
		plan=plan,
		interval=Interval(Unit(unit.lower()), count or 1) if unit else None,
	)


def rollover_of(row: Document) -> Rollover:
	"""What an order line does with unused granted credits."""
	match row.rollover:
		case "All":
			return Rollover(None)
		case "Capped":
			return Rollover(exact(row.rollover_cap))
	return Rollover(ZERO)


def _discount(order: Document) -> Discount | None:
	if not order.discount_type:
		return None
	value = exact(order.discount_value)
	is_percent = order.discount_type == "Percent"
	return Discount(
		percent=value if is_percent else None,
		amount=None if is_percent else value,
		periods=order.discount_periods or None,
	)
