"""Which service periods of an order have no Sales Order yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import takewhile

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import service_periods
from paygent_billing.core.period import Period
from paygent_billing.services.clock import midnight_ms, milliseconds, zone_of
from paygent_billing.services.numbers import day
from paygent_billing.services.orders.terms import terms_of

NEVER_SERVED = ("Draft", "Cancelled")

#: Due, and not held back by a failed payment of their customer or by a backlog that waits for approval.
_TO_MAKE = (
	"select orders.name from `tabBilling Order` orders"
	" where orders.next_service_ms > 0 and orders.next_service_ms <= %s and orders.needs_approval = 0"
	" and not exists (select 1 from `tabSales Invoice` invoice where invoice.customer = orders.customer"
	" and invoice.payment_failed_on is not null and invoice.docstatus = 1"
	" and invoice.billing_status in ('open', 'past_due')) order by orders.name"
)


def due_service_orders(moment: datetime) -> list[str]:
	"""The orders for which a Sales Order is to be made at the moment, by name."""
	return frappe.db.sql(_TO_MAKE, (milliseconds(moment),), pluck=True)


def next_service_ms(order: Document) -> int:
	"""When the order's first service period without a Sales Order begins; 0 when it makes none."""
	period = next(missing_periods(order), None)
	return midnight_ms(period.start, zone_of(order.time_zone)) if period else 0


def missing_periods(order: Document) -> Iterator[Period]:
	"""The service periods without a Sales Order, oldest first, whether or not they have come."""
	if not order.makes_service_orders or order.status in NEVER_SERVED:
		return
	filters = {"billing_order": order.name}
	starts = frappe.get_all("Service Order Period", filters=filters, pluck="start", order_by="start asc")
	made = {day(start) for start in starts}
	yield from (period for period in service_periods(terms_of(order)) if period.start not in made)


def missed_periods(order: Document, today: date) -> list[Period]:
	"""The service periods that have begun and have no Sales Order."""
	return list(takewhile(lambda period: period.start <= today, missing_periods(order)))
