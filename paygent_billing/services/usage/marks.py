"""Orders that are to be looked at because usage came in that may have reached their threshold."""

from __future__ import annotations

from collections.abc import Iterable

import frappe


def mark_orders(customers: Iterable[str]) -> None:
	"""These customers used something: their orders with a threshold are looked at, here or on the tick."""
	orders = frappe.qb.DocType("Billing Order")
	(
		frappe.qb.update(orders)
		.set(orders.has_new_usage, 1)
		.where(orders.customer.isin(list(customers) or [""]))
		.where(orders.threshold > 0)
		.where(orders.status == "Active")
		.where(orders.has_new_usage == 0)
		.run()
	)


def marked_orders() -> list[str]:
	"""The orders whose usage may have reached their threshold, by name."""
	filters = {"has_new_usage": 1, "status": "Active"}
	return frappe.get_all("Billing Order", filters=filters, pluck="name", order_by="name asc")
