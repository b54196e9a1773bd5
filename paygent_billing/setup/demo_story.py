"""How the demo's three months pass: day by day, through the services that bill in earnest."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import frappe
from frappe.utils import add_months, get_first_day, getdate

from paygent_billing.core.period import midnight
from paygent_billing.services import clock
from paygent_billing.services.billing.bill_order import bill_order
from paygent_billing.services.billing.run import due_orders
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.orders import actions, changes
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.top_up import top_up
from paygent_billing.setup import demo_data


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


def live_through(demo: Demo, day: date) -> None:
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
		quantity, lead = chance.randint(least, most), f"lead-{chance.randint(1, 25)}"
		order = frappe.get_doc("Billing Order", demo.orders[name])
		if order.status != "Active" or order.start_date > day or not quantity:
			continue
		event = frappe.new_doc("Usage Event")
		event.update(
			{"event_id": f"{metric}-{day}", "customer": order.customer, "ai_agent": order.lines[0].agent}
		)
		event.update({"metric": metric, "quantity": quantity, "occurred_at": demo.at(day, 10).isoformat()})
		event.properties = frappe.as_json({"lead": lead}) if metric == "leads" else None
		event.insert()


def _grant(order: str, at: datetime, *, amount: str, reason: str) -> None:
	customer, currency = frappe.db.get_value("Billing Order", order, ["customer", "currency"])
	grant_credits(NewCredits(customer, currency, Decimal(amount)), reason=reason, on=at.date())


def _top_up(order: str, at: datetime, *, amount: str) -> None:
	"""Credits that are bought and paid on the same day."""
	customer, currency, company = frappe.db.get_value(
		"Billing Order", order, ["customer", "currency", "company"]
	)
	invoice = top_up(NewCredits(customer, currency, Decimal(amount)), company, on=at.date())
	mark_as_paid(invoice, on=at.date())


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
	"top_up": _top_up,
	"disable_customer": _disable_customer,
}
