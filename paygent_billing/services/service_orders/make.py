"""Makes the Sales Orders of an order's service periods: each once, each in a transaction of its own."""

from __future__ import annotations

from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.period import Period
from paygent_billing.services.billing.bill_order import MAX_COLLISIONS, reason_to_wait
from paygent_billing.services.billing.invoice_of_draft import conversion_rate
from paygent_billing.services.billing.retry import start_over, with_retry
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.invoices.payment_failed import failed_payments
from paygent_billing.services.orders.terms import terms_of
from paygent_billing.services.orders.write import OrderChanged, write_unless_changed
from paygent_billing.services.service_orders.due import (
	due_service_orders,
	missed_periods,
	next_service_ms,
)
from paygent_billing.services.service_orders.sales_order import submit_sales_order


class MadeElsewhere(Exception):
	"""Another process makes, or has made, the Sales Order of this period."""


def make_all_service_orders(moment: datetime) -> None:
	"""Makes what is due. What is wrong with one order stands on it and stops no other. Commits."""
	for name in due_service_orders(moment):
		try:
			make_service_orders(name, moment=moment)
		except Exception as error:
			start_over()
			_write_failure(name, error)


def make_service_orders(name: str, *, moment: datetime) -> list[str]:
	"""Makes the Sales Orders of all service periods of the order that have begun and have none, oldest first.

	None while a payment of the customer has failed, or the order's backlog waits for approval. Commits; what
	the caller has not committed is rolled back.
	"""
	made: list[str] = []
	if with_retry(lambda: _is_held_back(name, moment)):
		return made
	while period := with_retry(lambda: _make_next(name, moment)):
		made += [period.sales_order] if period.sales_order else []
	return made


def _is_held_back(name: str, moment: datetime) -> bool:
	frappe.db.rollback()
	order = frappe.get_doc("Billing Order", name)
	if failed_payments(order.customer):
		return True
	is_billed_by_itself = not order.first_invoice_by_hand or order.invoice_anchor
	return bool(is_billed_by_itself and reason_to_wait(name, moment))


def _make_next(name: str, moment: datetime) -> Document | None:
	"""Makes the Sales Order of the oldest period that has none: the whole transaction, or nothing."""
	for _attempt in range(MAX_COLLISIONS):
		frappe.db.rollback()
		order = frappe.get_doc("Billing Order", name)
		today = today_in(zone_of(order.time_zone), moment)
		missed = missed_periods(order, today)
		try:
			period = _make(order, missed[0], today) if missed else None
			values = {"next_service_ms": next_service_ms(order), "service_order_error": None}
			write_unless_changed(order, values)
		except (MadeElsewhere, OrderChanged):
			continue
		frappe.db.commit()
		return period
	frappe.throw(_("{0} is being changed all the time. Its service orders are made later.").format(name))


def _make(order: Document, period: Period, today: date) -> Document:
	rate = conversion_rate(order, today)
	row = _claim(order, period)
	terms = terms_of(order)
	row.sales_order = submit_sales_order(order, terms, period, made_on=today, conversion_rate=rate)
	row.db_set("sales_order", row.sales_order, update_modified=False)
	record_event(
		"service_order.made", order, happened_on=today, sales_order=row.sales_order, service_from=period.start
	)
	return row


def _claim(order: Document, period: Period) -> Document:
	"""The row of the period. Its unique key lets one of those who insert it at once have it."""
	row = frappe.new_doc("Service Order Period")
	row.update({"billing_order": order.name, "customer": order.customer})
	row.update({"start": period.start, "end": period.end})
	try:
		row.db_insert_as_service()
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError) as error:
		frappe.clear_last_message()
		raise MadeElsewhere from error
	return row


def _write_failure(name: str, error: Exception) -> None:
	reason = frappe.utils.strip_html(str(error) or type(error).__name__)[:1000]
	frappe.log_error(title=f"Service order of {name}", reference_doctype="Billing Order", reference_name=name)
	frappe.db.set_value("Billing Order", name, "service_order_error", reason, update_modified=False)
	frappe.db.commit()
