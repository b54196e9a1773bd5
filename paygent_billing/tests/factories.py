"""Real documents for tests, each with a name of its own."""

from __future__ import annotations

from datetime import date, datetime, timezone

import frappe
from frappe.model.document import Document

from paygent_billing.services.billing.bill_order import bill_order
from paygent_billing.services.billing.outcome import Outcome
from paygent_billing.services.orders import actions
from paygent_billing.services.replay.books import company_for, ensure_fiscal_years

PLATFORM = {"charge": "platform", "charge_type": "Platform Fee", "model": "Flat", "price": 99}
SEATS = {"charge": "seats", "charge_type": "Seat Fee", "model": "Per Unit", "rate": 10}


def unique(name: str) -> str:
	return f"{name} {frappe.generate_hash(length=6)}"


def make_customer(name: str = "Acme") -> str:
	customer = frappe.new_doc("Customer")
	customer.update({"customer_name": unique(name), "customer_type": "Company"})
	return customer.insert().name


def make_metric(aggregation: str = "Sum", unique_property: str | None = None) -> str:
	metric = frappe.new_doc("Usage Metric")
	metric.update(
		{"metric_code": unique("tokens"), "aggregation": aggregation, "property_name": unique_property}
	)
	return metric.insert().name


def usage_charge(metric: str, rate: float = 0.5, **values: object) -> dict[str, object]:
	return {
		"charge": "usage",
		"charge_type": "Usage",
		"model": "Per Unit",
		"metric": metric,
		"rate": rate,
		**values,
	}


def make_agent(*charges: dict[str, object], tiers: tuple[dict[str, object], ...] = ()) -> str:
	agent = frappe.new_doc("AI Agent")
	agent.agent_name = unique("Agent")
	agent.set("charges", list(charges))
	agent.set("tiers", list(tiers))
	return agent.insert().name


def make_plan(agent: str, *charges: dict[str, object], **values: object) -> str:
	plan = frappe.new_doc("Agent Plan")
	plan.update({"plan_name": unique("Plan"), "agent": agent, "currency": "USD", **values})
	plan.set("charges", list(charges))
	return plan.insert().name


def make_order(*lines: dict[str, object], **values: object) -> Document:
	"""A draft that bills on the 1st from 1 January 2026, in dollars, without tax."""
	ensure_fiscal_years(date(2024, 1, 1), date(2029, 12, 31))
	order = frappe.new_doc("Billing Order")
	order.update(
		{
			"customer": values.pop("customer", None) or make_customer(),
			"company": company_for("USD"),
			"currency": "USD",
			"time_zone": "UTC",
			"start_date": date(2026, 1, 1),
			"billing_day": 1,
			**values,
		}
	)
	order.set("lines", [dict(line) for line in lines or ({"agent": make_agent(PLATFORM)},)])
	for row in order.lines:
		row.pricing = "Standard" if row.plan else "No plan"
	return order.insert()


def make_active_order(*lines: dict[str, object], at: datetime, **values: object) -> str:
	"""An order that is active since `at`, committed."""
	order = make_order(*lines, **values)
	actions.activate(order.name, at=at)
	frappe.db.commit()
	return order.name


def record_usage(order: str, quantity: float, occurred_at: str, **values: object) -> Document:
	"""Usage of the order's first line."""
	document = frappe.get_doc("Billing Order", order)
	agent = frappe.get_doc("AI Agent", document.lines[0].agent)
	metric = next(row.metric for row in agent.charges if row.metric)
	event = frappe.new_doc("Usage Event")
	event.update(
		{
			"event_id": unique("e"),
			"customer": document.customer,
			"ai_agent": agent.name,
			"metric": metric,
			"quantity": quantity,
			"occurred_at": occurred_at,
			**values,
		}
	)
	event.insert()
	frappe.db.commit()
	return event


def bill(order: str, at: datetime) -> Outcome:
	"""Bills the order, after committing what the test has prepared."""
	frappe.db.commit()
	return bill_order(order, moment=at)


def invoices_of(order: str) -> list[Document]:
	"""The order's submitted invoices, oldest first."""
	names = frappe.get_all(
		"Sales Invoice",
		filters={"billing_order": order, "docstatus": 1},
		pluck="name",
		order_by="creation asc, name asc",
	)
	return [frappe.get_doc("Sales Invoice", name) for name in names]


def lines_of(invoice: Document) -> list[tuple[str, str, str, float]]:
	"""Each line as (charge, from, to, amount)."""
	return [
		(row.billing_charge, str(row.service_from), str(row.service_to), row.amount) for row in invoice.items
	]


def make_issued_invoice(*lines: dict[str, object], **values: object) -> Document:
	"""The first invoice of a new order: 99 dollars of 1 January 2026, due in ten years, committed."""
	at = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
	order = make_active_order(*lines, at=at, **{"payment_due_days": 3650, **values})
	bill(order, at)
	return invoices_of(order)[0]
