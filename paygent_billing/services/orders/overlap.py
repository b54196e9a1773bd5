"""A customer has an agent that bills usage on one active line at a time."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.orders.prices import metrics_of, prices_of_line


def refuse_second_order_for_agent(order: Document) -> None:
	"""Refuses the order when usage of one of its agents would belong to two active lines.

	Orders whose usage names them do not stand in each other's way.
	"""
	if order.usage_names_order:
		return
	metered = [row for row in order.lines if not row.valid_until and _bills_usage(row)]
	agents = [row.agent for row in metered]
	twice = next((agent for agent in agents if agents.count(agent) > 1), None)
	if twice:
		frappe.throw(_("{0} is on this order twice: its usage could not be told apart.").format(twice))
	for other in _other_lines(order, agents):
		if _bills_usage(other):
			frappe.throw(
				_(
					"{0} already has {1} on the active order {2}. End that line first,"
					" or tick 'Usage names the order' here."
				).format(order.customer, other.agent, other.parent)
			)


def _bills_usage(row: frappe._dict | Document) -> bool:
	plan = row.plan if row.pricing != "No plan" else None
	return bool(metrics_of(prices_of_line(plan, row.agent)))


def _other_lines(order: Document, agents: list[str]) -> list[frappe._dict]:
	orders, lines = frappe.qb.DocType("Billing Order"), frappe.qb.DocType("Order Line")
	query = (
		frappe.qb.from_(lines)
		.join(orders)
		.on(orders.name == lines.parent)
		.select(lines.parent, lines.agent, lines.plan, lines.pricing)
		.where(orders.customer == order.customer)
		.where(orders.status.isin(["Active", "Paused"]))
		.where(orders.usage_names_order == 0)
		.where(orders.name != (order.name or ""))
		.where(lines.agent.isin(agents or [""]))
		.where(lines.valid_until.isnull())
	)
	return query.run(as_dict=True)
