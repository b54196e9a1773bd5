"""What a customer's usage will draw from the wallet when it is invoiced, and what is kept for it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import frappe

from paygent_billing.core.invoicing import usage_needed
from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.invoice import LineType
from paygent_billing.core.money import total_of
from paygent_billing.services.clock import milliseconds, today_in, zone_of
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.orders.terms import terms_of
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.usage.running_period import running_period


def unbilled_cost(
	customer: str,
	currency: str,
	now: datetime,
	*,
	except_order: str | None = None,
	is_locked: bool = True,
) -> Decimal:
	"""What the usage that no invoice holds yet costs, on all orders of the customer in the currency.

	Locked, it is the usage that is committed by now; the caller holds the wallet, so that none that credits
	must cover comes in between.
	"""
	orders = frappe.get_all(
		"Billing Order",
		filters={
			"customer": customer,
			"currency": currency,
			"status": ["in", ["Active", "Paused"]],
			"name": ["!=", except_order or ""],
		},
		pluck="name",
		order_by="name asc",
	)
	return total_of(_cost_of_order(name, now, is_locked) for name in orders)


def _cost_of_order(name: str, now: datetime, is_locked: bool) -> Decimal:
	order = frappe.get_doc("Billing Order", name)
	terms, zone = terms_of(order), zone_of(order.time_zone)
	usage = OrderUsage(order, terms, zone, "", is_locked=is_locked)
	period = running_period(order, terms, today_in(zone, now))
	if period is None or not usage.is_metered:
		return total_of([])
	lines = usage_lines(terms, period, usage.unbilled(usage_needed(terms, period)))
	return total_of(line.amount for line in lines if line.type is LineType.USAGE)


def reserved(wallet: str, now: datetime) -> Decimal:
	"""The sum of the wallet's reservations that are held and not over."""
	rows = frappe.db.sql(
		"select cast(sum(amount) as char) from `tabCredit Reservation`"
		" where wallet = %s and state = 'Held' and expires_ms > %s for update",
		(wallet, milliseconds(now)),
	)
	return sum_as_text(rows[0][0])
