"""How an order stands with its service orders: read by people and by programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe

from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.invoices.payment_failed import failed_payments
from paygent_billing.services.service_orders.due import missed_periods


def service_orders_of(name: str, *, moment: datetime) -> dict[str, Any]:
	"""The periods that have begun without a Sales Order, the failed payments for which they wait, and what
	kept one from being made.
	"""
	order = frappe.get_doc("Billing Order", name)
	order.check_permission("read")
	missed = missed_periods(order, today_in(zone_of(order.time_zone), moment))
	return {
		"order": order.name,
		"missed": [{"from": str(period.start), "to": str(period.last_day)} for period in missed],
		"failed_payments": failed_payments(order.customer) if missed and _may_read_invoices() else [],
		"error": order.service_order_error,
	}


def _may_read_invoices() -> bool:
	"""Which payments failed, and why, is told to those who may read invoices."""
	return bool(frappe.has_permission("Sales Invoice", "read"))
