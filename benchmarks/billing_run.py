"""Our billing run beside ERPNext's Subscription: the same lines and taxes, in turns in the same process."""

import os
import time
from collections.abc import Callable
from datetime import date, datetime, timezone
from statistics import median

from benchmarks.figures import Figures

NEEDS_SITE = True
PAIRS = int(os.environ.get("PAIRS", "200"))
TURN = 10
START = date(2026, 1, 1)
MOMENT = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def main() -> None:
	import frappe

	frappe.init(os.environ["FRAPPE_SITE"])
	frappe.connect()
	frappe.set_user("Administrator")
	ours, theirs = measure(*prepare())
	figures = Figures()
	figures.report("ms per invoice, our billing run, median", 1000 * median(seconds for seconds, _ in ours))
	figures.report(
		"ms per invoice, ERPNext Subscription, median", 1000 * median(seconds for seconds, _ in theirs)
	)
	figures.report("SQL per invoice, our billing run, median", median(count for _, count in ours))
	figures.report("SQL per invoice, ERPNext Subscription, median", median(count for _, count in theirs))
	ratio = median(seconds for seconds, _ in theirs) / median(seconds for seconds, _ in ours)
	figures.at_least("our billing run against ERPNext Subscription", ratio, 1.5)
	figures.finish()


def prepare() -> tuple[list[str], list[str]]:
	"""Active orders and Subscriptions, each with a platform fee, seats and two taxes, due for one invoice."""
	import frappe

	from paygent_billing.core.invoicing import Tax
	from paygent_billing.core.money import parse_decimal
	from paygent_billing.services.replay.books import company_for, ensure_fiscal_years, tax_template
	from paygent_billing.setup.tests import before_tests

	before_tests()
	ensure_fiscal_years(START, START)
	company = company_for("USD")
	taxes = (Tax("State", parse_decimal("6")), Tax("City", parse_decimal("2.5")))
	template = tax_template(company, f"Benchmark {frappe.generate_hash(length=5)}", taxes)
	names = make_orders(company, template), make_subscriptions(company, template)
	frappe.db.commit()
	return names


def make_orders(company: str, template: str) -> list[str]:
	from paygent_billing.services.orders.actions import activate
	from paygent_billing.tests.factories import PLATFORM, SEATS, make_agent, make_customer, make_order

	agent, names = make_agent(PLATFORM, SEATS), []
	for _number in range(PAIRS):
		order = make_order(
			{"agent": agent, "seats": 5},
			customer=make_customer(),
			company=company,
			taxes_and_charges=template,
		)
		names.append(activate(order.name, at=MOMENT).name)
	return names


def make_subscriptions(company: str, template: str) -> list[str]:
	import frappe

	from paygent_billing.tests.factories import make_customer

	plans, names = [make_plan("Platform", 99), make_plan("Seats", 10)], []
	for _number in range(PAIRS):
		subscription = frappe.new_doc("Subscription")
		subscription.update(
			{
				"party_type": "Customer",
				"party": make_customer(),
				"company": company,
				"start_date": START,
				"generate_invoice_at": "Beginning of the current subscription period",
				"days_until_due": 30,
				"submit_invoice": 1,
				"sales_tax_template": template,
			}
		)
		for plan, quantity in zip(plans, (1, 5), strict=True):
			subscription.append("plans", {"plan": plan, "qty": quantity})
		names.append(subscription.insert().name)
	return names


def make_plan(name: str, cost: int) -> str:
	import frappe

	from paygent_billing.tests.factories import make_agent

	plan = frappe.new_doc("Subscription Plan")
	plan.update(
		{
			"plan_name": f"{name} {frappe.generate_hash(length=5)}",
			"item": frappe.db.get_value("AI Agent", make_agent(), "item"),
			"price_determination": "Fixed Rate",
			"cost": cost,
			"currency": "USD",
			"billing_interval": "Month",
			"billing_interval_count": 1,
		}
	)
	return plan.insert().name


def measure(
	orders: list[str], subscriptions: list[str]
) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
	"""Seconds and SQL statements of each invoice, ours and theirs, a few of each in turns."""
	import frappe

	from paygent_billing.services.billing.bill_order import bill_order

	def subscribe(name: str) -> None:
		frappe.get_doc("Subscription", name).process(START)
		frappe.db.commit()

	ours: list[tuple[float, int]] = []
	theirs: list[tuple[float, int]] = []
	for first in range(0, PAIRS, TURN):
		ours += [
			timed(lambda name=name: bill_order(name, moment=MOMENT)) for name in orders[first : first + TURN]
		]
		theirs += [timed(lambda name=name: subscribe(name)) for name in subscriptions[first : first + TURN]]
	check(orders, subscriptions)
	return ours, theirs


def check(orders: list[str], subscriptions: list[str]) -> None:
	"""Both must have made the same number of invoices of the same amount, or nothing was compared."""
	ours, theirs = totals("billing_order", orders), totals("subscription", subscriptions)
	if ours != theirs or len(ours) != PAIRS:
		raise AssertionError(
			f"Not the same invoices: {ours[:3]} ({len(ours)}) and {theirs[:3]} ({len(theirs)})"
		)


def totals(field: str, names: list[str]) -> list[float]:
	import frappe

	filters = {field: ["in", names], "docstatus": 1}
	return frappe.get_all("Sales Invoice", filters=filters, pluck="grand_total", order_by="name asc")


def timed(work: Callable[[], object]) -> tuple[float, int]:
	"""The seconds that the work took, and how many statements it sent to the database."""
	import frappe

	count, send = 0, frappe.db.sql

	def counting(*args: object, **kwargs: object) -> object:
		nonlocal count
		count += 1
		return send(*args, **kwargs)

	frappe.db.sql = counting
	try:
		began = time.perf_counter()
		work()
		return time.perf_counter() - began, count
	finally:
		frappe.db.sql = send
