"""Demo data: three months of a billing business, made by the same services that bill in earnest."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, get_first_day, getdate

from paygent_billing.core.period import midnight
from paygent_billing.services import clock
from paygent_billing.services.billing.bill_order import bill_order
from paygent_billing.services.billing.run import due_orders, prepare_series
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.orders import actions, changes
from paygent_billing.services.replay.books import company_for, ensure_fiscal_years
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.setup import demo_data

MARK = "paygent-demo-1"


@dataclass
class Demo:
	"""The demo's company, today, and the documents made so far by their names in `demo_data`."""

	company: str
	currency: str
	today: date
	customers: dict[str, str] = field(default_factory=dict)
	orders: dict[str, str] = field(default_factory=dict)

	def day(self, when: tuple[int, int]) -> date:
		months, number = when
		return getdate(get_first_day(add_months(self.today, -months))) + timedelta(days=number - 1)

	def at(self, day: date, hour: int) -> datetime:
		return midnight(day, clock.zone_of(None)) + timedelta(hours=hour)


def make_demo() -> Iterator[str]:
	"""Makes customers, agents, plans and orders, and lives through the last three months. Says what it
	makes.
	"""
	if frappe.db.exists("Customer", {"external_id": MARK}):
		yield _("The demo is on this site already.")
		return
	demo = _new_demo()
	first = demo.day((3, 1))
	ensure_fiscal_years(first, demo.today)
	_make_catalogue(demo)
	yield _("{0}: {1} customers, {2} agents, {3} plans").format(
		demo.company, len(demo_data.CUSTOMERS), len(demo_data.AGENTS), len(demo_data.PLANS)
	)
	frappe.db.commit()
	prepare_series()
	for number in range((demo.today - first).days + 1):
		_live_through(demo, first + timedelta(days=number))
		frappe.db.commit()
	yield from _summary(demo)


def _new_demo() -> Demo:
	company = frappe.db.get_single_value("Global Defaults", "default_company")
	company = company or frappe.db.get_value("Company", {}, "name") or company_for("USD")
	today = clock.today_in(clock.zone_of(None), clock.now())
	return Demo(company, frappe.get_cached_value("Company", company, "default_currency"), today)


def _make_catalogue(demo: Demo) -> None:
	for metric in demo_data.METRICS:
		_insert("Usage Metric", metric)
	for agent, charges in demo_data.AGENTS.items():
		_insert("AI Agent", {"agent_name": agent, "charges": charges})
	for number, (customer, contact) in enumerate(demo_data.CUSTOMERS.items(), start=1):
		demo.customers[customer] = _make_customer(customer, *contact, external_id=f"paygent-demo-{number}")
	for plan, (agent, charges, tiers, values) in demo_data.PLANS.items():
		values = {**values, "customer": demo.customers.get(values.get("customer"))}
		_insert(
			"Agent Plan",
			{
				"plan_name": plan,
				"agent": agent,
				"currency": demo.currency,
				"charges": charges,
				"tiers": tiers,
				**values,
			},
		)
	for order in demo_data.ORDERS:
		demo.orders[order] = _make_order(demo, order)


def _make_customer(name: str, first_name: str, last_name: str, email: str, *, external_id: str) -> str:
	values = {"customer_name": name, "customer_type": "Company", "external_id": external_id}
	customer = frappe.get_doc("Customer", _insert("Customer", values))
	contact = {
		"first_name": first_name,
		"last_name": last_name,
		"email_ids": [{"email_id": email, "is_primary": 1}],
		"links": [{"link_doctype": "Customer", "link_name": customer.name}],
	}
	customer.customer_primary_contact = _insert("Contact", contact)
	return customer.save().name


def _make_order(demo: Demo, name: str) -> str:
	customer, line, values = demo_data.ORDERS[name]
	plan = line.get("plan")
	agent = demo_data.PLANS[plan][0] if plan else line["agent"]
	start = demo.day(values["start"])
	discount = (
		{"discount_type": "Percent", "discount_value": values["discount"]} if "discount" in values else {}
	)
	customer = demo.customers[customer]
	return _insert(
		"Billing Order",
		{
			"order_name": name,
			"customer": customer,
			"contact_person": frappe.db.get_value("Customer", customer, "customer_primary_contact"),
			"company": demo.company,
			"currency": demo.currency,
			"start_date": start,
			"billing_day": start.day,
			"lines": [{**line, "agent": agent, "pricing": "Standard" if plan else "No plan"}],
			**discount,
		},
	)


def _insert(doctype: str, values: dict[str, Any]) -> str:
	return frappe.get_doc({"doctype": doctype, **values}).insert().name


def _live_through(demo: Demo, day: date) -> None:
	"""One day: what happens to the orders, the billing run, payments, and the day's usage."""
	for when, order, action, values in demo_data.STORY:
		if demo.day(when) == day:
			_ACTIONS[action](demo.orders[order], demo.at(day, 5), **values)
	frappe.db.commit()
	ours = set(demo.orders.values())
	for order in due_orders(demo.at(day, 6)):
		if order in ours:
			bill_order(order, moment=demo.at(day, 6))
	_receive_payments(demo, day)
	if day < demo.today:
		_record_usage(demo, day)


def _receive_payments(demo: Demo, day: date) -> None:
	for order, days in demo_data.PAYS_AFTER_DAYS.items():
		issued = {
			"billing_order": demo.orders[order],
			"docstatus": 1,
			"posting_date": day - timedelta(days=days),
		}
		for invoice in frappe.get_all("Sales Invoice", filters=issued, pluck="name"):
			mark_as_paid(invoice, on=day)


def _record_usage(demo: Demo, day: date) -> None:
	chance = random.Random(day.isoformat())
	for name, metric, least, most in demo_data.USAGE:
		order = frappe.db.get_value(
			"Billing Order", demo.orders[name], ["customer", "status", "start_date"], as_dict=True
		)
		quantity = chance.randint(least, most)
		if order.status == "Active" and order.start_date <= day and quantity:
			_insert(
				"Usage Event",
				{
					"event_id": f"{metric}-{day}",
					"customer": order.customer,
					"ai_agent": frappe.db.get_value("Order Line", {"parent": demo.orders[name]}, "agent"),
					"metric": metric,
					"quantity": quantity,
					"occurred_at": demo.at(day, 10).isoformat(),
					"properties": frappe.as_json({"lead": f"lead-{chance.randint(1, 25)}"})
					if metric == "leads"
					else None,
				},
			)


def _grant(order: str, at: datetime, *, amount: str, reason: str) -> None:
	customer, currency = frappe.db.get_value("Billing Order", order, ["customer", "currency"])
	grant_credits(customer, currency, Decimal(amount), reason=reason, on=at.date())


def _one_off(order: str, at: datetime, *, description: str, amount: str) -> None:
	changes.add_one_off(order, description, Decimal(amount), at=at)


def _disable_customer(order: str, at: datetime) -> None:
	"""An order that can no longer be billed, for everybody to see."""
	customer = frappe.get_doc("Customer", frappe.db.get_value("Billing Order", order, "customer"))
	customer.disabled = 1
	customer.save()


_ACTIONS: dict[str, Callable[..., object]] = {
	"activate": lambda order, at: actions.activate(order, at=at),
	"pause": lambda order, at: actions.pause(order, at=at),
	"end": lambda order, at: actions.end(order, at=at),
	"change_line": lambda order, at, seats: changes.change_line(order, "L1", at=at, seats=seats),
	"one_off": _one_off,
	"grant": _grant,
	"disable_customer": _disable_customer,
}


def _summary(demo: Demo) -> Iterator[str]:
	for name, order in demo.orders.items():
		status, error = frappe.db.get_value("Billing Order", order, ["status", "last_error"])
		invoices = frappe.db.count("Sales Invoice", {"billing_order": order, "docstatus": 1})
		trouble = f" ({error})" if error else ""
		yield f"{order}  {name}: {_(status)}, " + _("{0} invoices").format(invoices) + trouble
