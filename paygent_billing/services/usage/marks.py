"""What is to be looked at because usage came in: orders whose threshold it may have reached, or whose draft
in grace it changes, and wallets whose credits it uses up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import frappe
from pypika.terms import Criterion

from paygent_billing.services import clock

Order = frappe.qb.DocType("Billing Order")


def mark_orders(customers: Iterable[str]) -> None:
	"""These customers used something: their orders with a threshold or in grace are looked at, here or on the
	tick.
	"""
	(
		frappe.qb.update(Order)
		.set(Order.has_new_usage, 1)
		.where(Order.customer.isin(list(customers) or [""]))
		.where(_may_reach_threshold() | _may_be_in_grace())
		.where(Order.has_new_usage == 0)
		.run()
	)
	_mark_wallets(list(customers))


def _mark_wallets(customers: list[str]) -> None:
	"""Their wallets are looked at, for alerts and automatic top-ups. A marked one is not locked again."""
	filters = {"customer": ["in", customers or [""]], "has_news": 0}
	for name in frappe.get_all("Prepaid Wallet", filters=filters, pluck="name", order_by="name asc"):
		frappe.db.set_value("Prepaid Wallet", name, "has_news", 1, update_modified=False)


def marked_orders() -> list[str]:
	"""The orders whose usage may have reached their threshold, by name."""
	query = frappe.qb.from_(Order).select(Order.name).where(Order.has_new_usage == 1)
	return query.where(_may_reach_threshold()).orderby(Order.name).run(pluck=True)


def _may_reach_threshold() -> Criterion:
	return (Order.threshold > 0) & (Order.status == "Active")


def _may_be_in_grace() -> Criterion:
	"""Where tomorrow has come somewhere on earth, and the order's billing date with it."""
	tomorrow = clock.now().date() + timedelta(days=1)
	return (Order.grace_hours > 0) & (Order.next_billing_date <= tomorrow)
