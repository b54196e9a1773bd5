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
	names = [] if is_billing_stopped() else due_orders(moment)
	if not names:
		return
	prepare_series()
	for orders in in_jobs(names):
		frappe.enqueue(
			"paygent_billing.services.billing.scheduler.bill_job",
			queue="long",
			orders=list(orders),
			moment=moment.isoformat(),
		)


def usage_job() -> None:
	"""One background job: invoices the usage that has reached its order's threshold, and writes the drafts of
	orders in grace.
	"""
	frappe.set_user("Administrator")
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
