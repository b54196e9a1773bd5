"""A billing run: finds the orders that are due and bills each by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import frappe

from paygent_billing.services.billing.bill_order import bill_order
from paygent_billing.services.billing.grace_drafts import refresh_drafts
from paygent_billing.services.billing.outcome import Outcome, RunReport
from paygent_billing.services.billing.retry import start_over
from paygent_billing.services.billing.threshold import bill_if_reached
from paygent_billing.services.clock import milliseconds
from paygent_billing.services.invoices.balance import apply_balances
from paygent_billing.services.service_orders.make import make_all_service_orders
from paygent_billing.services.usage.marks import marked_orders

ORDERS_PER_JOB = 50


def due_orders(moment: datetime) -> list[str]:
	"""The orders whose stored next billing date has come, by name. One indexed query, however many there
	are.
	"""
	orders = frappe.qb.DocType("Billing Order")
	query = (
		frappe.qb.from_(orders)
		.select(orders.name)
		.where(orders.next_billing_ms > 0)
		.where(orders.next_billing_ms <= milliseconds(moment))
		.orderby(orders.name)
	)
	return query.run(pluck=True)


def is_billing_stopped() -> bool:
	"""Whether a person has stopped all billing runs in Paygent Settings."""
	return bool(frappe.db.get_single_value("Paygent Settings", "is_billing_paused"))


def bill_all(moment: datetime) -> RunReport:
	"""Bills all that is due at the moment, in this process. Commits."""
	if is_billing_stopped():
		return RunReport()
	prepare_series()
	report = RunReport.of(bill_each(due_orders(moment), moment))
	bill_thresholds(moment)
	refresh_drafts(moment)
	apply_balances()
	make_all_service_orders(moment)
	return report


def bill_thresholds(moment: datetime) -> None:
	"""Looks at the orders whose usage may have reached their threshold. What is wrong with one is logged."""
	for name in marked_orders():
		try:
			bill_if_reached(name, moment=moment)
		except Exception:
			start_over()
			frappe.log_error(
				title=f"Threshold of {name}", reference_doctype="Billing Order", reference_name=name
			)
			frappe.db.commit()


def bill_each(names: Iterable[str], moment: datetime) -> Iterator[Outcome]:
	"""Bills the orders one after the other; what is wrong with one does not stop the others."""
	for name in names:
		yield bill_order(name, moment=moment)


def in_jobs(names: Sequence[str]) -> Iterator[Sequence[str]]:
	"""The names in slices of one background job each."""
	for first in range(0, len(names), ORDERS_PER_JOB):
		yield names[first : first + ORDERS_PER_JOB]


def prepare_series() -> None:
	"""Makes the number series rows that the run will count on.

	Two transactions that both make a missing row end in a deadlock, and a new year or month has none yet.
	"""
	for prefix in _series_prefixes():
		series = frappe.qb.DocType("Series", schema=None)
		frappe.qb.into(series).columns(series.name, series.current).insert(prefix, 0).ignore().run()
	frappe.db.commit()


def _series_prefixes() -> set[str]:
	from frappe.model.naming import NamingSeries

	numbered = ("Sales Invoice", "Billing Receipt", "Sales Order")
	series = (row for doctype in numbered for row in frappe.get_meta(doctype).get_naming_series_options())
	return {NamingSeries(option).get_prefix() for option in series if option}
