"""The documents of a scenario on a site: customers, metrics, agents, plans and orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from paygent_billing.core import pricing
from paygent_billing.core.invoicing import Charge, CreditSchedule
from paygent_billing.core.wallet import Rollover
from paygent_billing.scenarios import Line, Order, Scenario
from paygent_billing.scenarios.events import Usage
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.replay.books import company_for, ensure_fiscal_years, ensure_setup, tax_template

SCHEDULES = {CreditSchedule.WITH_FEE: "With the fee", CreditSchedule.EACH_PERIOD: "Each period"}


@dataclass
class World:
	"""Which document stands for what of the scenario. All of them carry the replay's own tag in their
	names.
	"""

	scenario: Scenario
	tag: str
	company: str
	customers: dict[str, str] = field(default_factory=dict)
	orders: dict[str, str] = field(default_factory=dict)
	taxes: dict[str, str | None] = field(default_factory=dict)
	invoices: list[str] = field(default_factory=list)

	def named(self, scenario_id: str) -> str:
		"""The name of a metric, agent or plan on the site."""
		return f"{scenario_id} · {self.tag}"

	def scenario_order(self, name: str | None) -> str | None:
		"""The scenario's id of the order with that name; None where an invoice has none."""
		return next(known for known, order in self.orders.items() if order == name) if name else None


def make_world(scenario: Scenario) -> World:
	"""Makes all documents of the scenario, its orders as drafts, and commits them."""
	ensure_setup()
	_check_currency(scenario)
	world = World(scenario, frappe.generate_hash(length=5), company_for(scenario.currency.code))
	ensure_fiscal_years(*_days(scenario))
	for make in (_make_customers, _make_metrics, _make_agents, _make_plans, _make_orders):
		make(world)
	frappe.db.commit()
	return world


def _check_currency(scenario: Scenario) -> None:
	wanted, has = scenario.currency, currency_of(scenario.currency.code)
	if wanted.decimals != has.decimals:
		frappe.throw(
			_("The scenario keeps {0} with {1} decimals, this site with {2}.").format(
				wanted.code, wanted.decimals, has.decimals
			)
		)


def _days(scenario: Scenario) -> tuple[date, date]:
	days = [event.at.date() for event in scenario.events] + [
		order.start for order in scenario.orders.values()
	]
	days += [event.daily_until for event in scenario.events if getattr(event, "daily_until", None)]
	days += [scenario.until] if scenario.until else []
	return min(days), max(days)


def _make_customers(world: World) -> None:
	for customer in world.scenario.customers.values():
		row = frappe.new_doc("Customer")
		row.update({"customer_name": world.named(customer.id), "customer_type": "Company"})
		world.customers[customer.id] = row.insert().name
		world.taxes[customer.id] = tax_template(world.company, f"{row.name} taxes", customer.taxes)
		if customer.credit_value != 1:
			wallet = frappe.new_doc("Prepaid Wallet")
			wallet.update({"customer": row.name, "currency": world.scenario.currency.code})
			wallet.credit_value = float(customer.credit_value)
			wallet.insert()


def _make_metrics(world: World) -> None:
	for metric in world.scenario.metrics.values():
		row = frappe.new_doc("Usage Metric")
		row.update(
			{
				"metric_code": world.named(metric.id),
				"aggregation": metric.aggregation.value.capitalize(),
				"property_name": metric.property_name,
				"rounding": metric.rounding.mode.value.capitalize() if metric.rounding else "",
				"rounding_decimals": metric.rounding.decimals if metric.rounding else 0,
			}
		)
		for one in metric.filters:
			row.append("filters", {"property_name": one.name, "values": "\n".join(one.values)})
		row.insert()


def _make_agents(world: World) -> None:
	for agent in world.scenario.agents.values():
		row = frappe.new_doc("AI Agent")
		row.agent_name = world.named(agent.id)
		_set_prices(world, row, agent.charges)
		row.insert()


def _make_plans(world: World) -> None:
	for plan in world.scenario.plans.values():
		row = frappe.new_doc("Agent Plan")
		row.update(
			{
				"plan_name": world.named(plan.id),
				"agent": world.named(plan.agent),
				"kind": "Standard",
				"currency": world.scenario.currency.code,
			}
		)
		if plan.interval:
			row.update(
				{
					"interval_unit": plan.interval.unit.value.capitalize(),
					"interval_count": plan.interval.count,
				}
			)
		_set_prices(world, row, plan.charges)
		row.insert()


def _set_prices(world: World, row: frappe.model.document.Document, charges: tuple[Charge, ...]) -> None:
	for charge in charges:
		model, tiers = model_values(charge.price.model)
		row.append(
			"charges",
			{
				"charge": charge.id,
				"charge_type": charge.type.value.replace("_", " ").title(),
				"timing": charge.timing.value.capitalize(),
				"metric": world.named(charge.metric) if charge.metric else None,
				"included": float(charge.price.included),
				"credits": float(charge.credits),
				"credit_schedule": SCHEDULES[charge.credit_schedule],
				**{
					name: float(value) if isinstance(value, Decimal) else value
					for name, value in model.items()
				},
			},
		)
		for tier in tiers:
			values = {"up_to": float(tier.up_to or 0), "rate": float(tier.rate), "flat": float(tier.flat)}
			row.append("tiers", {"charge": charge.id, **values})


def model_values(model: pricing.PricingModel) -> tuple[dict[str, object], tuple[pricing.Tier, ...]]:
	"""The fields of a charge row for the pricing model, and its tiers."""
	match model:
		case pricing.Flat(price):
			return {"model": "Flat", "price": price}, ()
		case pricing.PerUnit(rate):
			return {"model": "Per Unit", "rate": rate}, ()
		case pricing.Graduated(tiers):
			return {"model": "Graduated"}, tiers
		case pricing.Volume(tiers):
			return {"model": "Volume"}, tiers
		case pricing.Package(size, price):
			return {"model": "Package", "package_size": size, "price": price}, ()
		case pricing.Percentage(percent, minimum, maximum):
			limits = {"minimum": minimum or Decimal(0), "maximum": maximum or Decimal(0)}
			return {"model": "Percentage", "percent": percent, **limits}, ()
		case pricing.Credits(per_unit):
			return {"model": "Credits", "credits_per_unit": per_unit}, ()


def _make_orders(world: World) -> None:
	named = {event.order for event in world.scenario.events if isinstance(event, Usage)}
	for order in world.scenario.orders.values():
		row = frappe.new_doc("Billing Order")
		row.update(_order_values(world, order))
		row.usage_names_order = order.id in named
		for line in order.lines:
			row.append("lines", line_values(world, line))
		world.orders[order.id] = row.insert().name


def _order_values(world: World, order: Order) -> dict[str, object]:
	discount = order.discount
	return {
		"order_name": order.id,
		"customer": world.customers[order.customer],
		"company": world.company,
		"currency": world.scenario.currency.code,
		"time_zone": str(world.scenario.zone),
		"taxes_and_charges": world.taxes[order.customer],
		"billing_day": order.billing_day,
		"interval_unit": order.interval.unit.value.capitalize(),
		"interval_count": order.interval.count,
		"first_billing_date": order.first_billing_date,
		"start_date": order.start,
		"ends": "On date" if order.end else "No end",
		"end_date": order.end,
		"payment_due_days": order.payment_due_days,
		"proration": int(order.proration),
		"zero_invoices": int(order.zero_invoices),
		"invoice_changes": "Now" if order.invoices_changes_now else "Next",
		"credit_paused_days": int(order.credits_paused_days),
		"credit_on_end": int(order.credits_on_end),
		"grace_hours": int(order.grace.total_seconds() // 3600),
		"threshold": float(order.threshold or 0),
		"first_invoice_by_hand": int(order.first_invoice_by_hand),
		"discount_type": ("Percent" if discount.percent is not None else "Amount") if discount else "",
		"discount_value": float((discount.percent if discount.percent is not None else discount.amount) or 0)
		if discount
		else 0,
		"discount_periods": (discount.periods or 0) if discount else 0,
	}


def line_values(world: World, line: Line) -> dict[str, object]:
	"""An order line's row."""
	return {
		"line": line.id,
		"agent": world.named(line.agent),
		"plan": world.named(line.plan) if line.plan else None,
		"pricing": "Standard" if line.plan else "No plan",
		"seats": line.seats,
		"overage": line.overage.value.capitalize(),
		"expiry_days": line.expiry_days or 0,
		**rollover_values(line.rollover),
	}


def rollover_values(rollover: Rollover) -> dict[str, object]:
	"""The rollover fields of an order line."""
	if rollover.cap is None:
		return {"rollover": "All", "rollover_cap": 0}
	return {"rollover": "Capped" if rollover.cap else "None", "rollover_cap": float(rollover.cap)}
