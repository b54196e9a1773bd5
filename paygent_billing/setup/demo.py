"""Demo data: three months of a billing business, made by the same services that bill in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import frappe
from frappe import _

from paygent_billing.services import clock
from paygent_billing.services.billing.run import prepare_series
from paygent_billing.services.replay.books import ensure_bank, ensure_fiscal_years, ensure_setup
from paygent_billing.setup import demo_data
from paygent_billing.setup.demo_story import Demo, live_through

MARK = "paygent-demo-1"


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
	ensure_bank(demo.company)
	_make_catalogue(demo)
	yield _("{0}: {1} customers, {2} agents, {3} plans").format(
		demo.company, len(demo_data.CUSTOMERS), len(demo_data.AGENTS), len(demo_data.PLANS)
	)
	frappe.db.commit()
	prepare_series()
	for number in range((demo.today - first).days + 1):
		live_through(demo, first + timedelta(days=number))
		frappe.db.commit()
	yield from _summary(demo)


def _new_demo() -> Demo:
	ensure_setup()
	company = frappe.db.get_single_value("Global Defaults", "default_company")
	company = company or frappe.db.get_value("Company", {}, "name")
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


def _summary(demo: Demo) -> Iterator[str]:
	for name, order in demo.orders.items():
		status, error = frappe.db.get_value("Billing Order", order, ["status", "last_error"])
		invoices = frappe.db.count("Sales Invoice", {"billing_order": order, "docstatus": 1})
		trouble = f" ({error})" if error else ""
		yield f"{order}  {name}: {_(status)}, " + _("{0} invoices").format(invoices) + trouble
