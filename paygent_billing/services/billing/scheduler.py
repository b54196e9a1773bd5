"""The scheduler's tick: puts what is due into background jobs. Takes milliseconds; the jobs do the work."""

from __future__ import annotations

import frappe

from paygent_billing.services import clock
from paygent_billing.services.billing.grace_drafts import orders_to_draft, refresh_drafts
from paygent_billing.services.billing.outcome import RunReport
from paygent_billing.services.billing.run import (
	bill_each,
	bill_thresholds,
	due_orders,
	in_jobs,
	is_billing_stopped,
	prepare_series,
)
from paygent_billing.services.invoices.accounts_in_credit import accounts_in_credit
from paygent_billing.services.invoices.balance import apply_balances, is_applied_by_itself
from paygent_billing.services.service_orders.due import due_service_orders
from paygent_billing.services.service_orders.make import make_all_service_orders


def bill_what_is_due() -> None:
	"""The frequent tick. Whether an order is due is asked of the orders themselves, never of the clock's
	ticks.
	"""
	_enqueue_due()


def bill_what_was_left() -> None:
	"""The hourly tick, for when the frequent one is stuck in the queue under its own name."""
	_enqueue_due()


def _enqueue_due() -> None:
	if frappe.db.exists("Billing Period", {"email_state": "To send"}):
		frappe.enqueue("paygent_billing.services.invoices.email.send_waiting_invoices", queue="long")
	if frappe.db.exists("Prepaid Wallet", {"has_news": 1}):
		frappe.enqueue("paygent_billing.services.wallets.watch.watch_job", queue="long")
	if is_applied_by_itself() and accounts_in_credit():
		frappe.enqueue("paygent_billing.services.billing.scheduler.balance_job", queue="long")
	moment = clock.now()
	if frappe.db.exists("Billing Order", {"has_new_usage": 1}) or orders_to_draft(moment):
		frappe.enqueue("paygent_billing.services.billing.scheduler.usage_job", queue="long")
	if is_billing_stopped():
		return
	names, are_services_due = due_orders(moment), bool(due_service_orders(moment))
	if names or are_services_due:
		prepare_series()
	for orders in in_jobs(names):
		frappe.enqueue(
			"paygent_billing.services.billing.scheduler.bill_job",
			queue="long",
			orders=list(orders),
			moment=moment.isoformat(),
		)
	if are_services_due:
		frappe.enqueue("paygent_billing.services.billing.scheduler.service_orders_job", queue="long")


def service_orders_job() -> None:
	"""One background job: makes the Sales Orders of the service periods that have begun."""
	frappe.set_user("Administrator")
	make_all_service_orders(clock.now())


def usage_job() -> None:
	"""One background job: invoices the usage that has reached its order's threshold, unless all billing is
	stopped, and writes the drafts of orders in grace.
	"""
	frappe.set_user("Administrator")
	if not is_billing_stopped():
		bill_thresholds(clock.now())
	refresh_drafts(clock.now())


def balance_job() -> None:
	"""One background job: settles what customers owe with what they have."""
	frappe.set_user("Administrator")
	apply_balances()


def bill_job(orders: list[str], moment: str) -> dict[str, int]:
	"""One background job: bills its orders as Administrator, whoever queued it, and logs the figures."""
	frappe.set_user("Administrator")
	report = RunReport.of(bill_each(orders, clock.parse(moment)))
	apply_balances()
	frappe.logger("paygent_billing").info({"billing": report.figures()})
	return report.figures()
