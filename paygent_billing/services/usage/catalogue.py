"""What the events of a batch name, looked up at once: customers, agents, metrics and orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import frappe

from paygent_billing.core.usage import Aggregation
from paygent_billing.services.clock import zone_of
from paygent_billing.services.usage.incoming import IncomingEvent

TAKES_USAGE = ("Active", "Paused")


@dataclass(frozen=True)
class KnownOrder:
	"""An order with the agents on its lines; `blocks` are those whose usage ends with the credits."""

	name: str
	customer: str
	status: str
	zone: ZoneInfo
	names_usage: bool
	agents: frozenset[str]
	blocks: frozenset[str]


@dataclass(frozen=True)
class Catalogue:
	"""The names that exist. A customer is found by its name, else by its external id."""

	customers: dict[str, str]
	agents: frozenset[str]
	metrics: dict[str, Aggregation]
	orders: dict[str, KnownOrder]
	site_zone: ZoneInfo
	_by_agent: dict[tuple[str, str], list[KnownOrder]] = field(default_factory=dict)

	def order_for(self, customer: str, agent: str, name: str | None) -> KnownOrder | None:
		"""The order that the usage may be billed by: the named one, else one that takes unnamed usage."""
		candidates = self._by_agent.get((customer, agent), ())
		return next((order for order in candidates if not name or order.name == name), None)

	def is_blocked_somewhere(self, customer: str, agent: str) -> bool:
		return any(agent in order.blocks for order in self._by_agent.get((customer, agent), ()))


def active_order(customer: str, agent: str, name: str | None) -> KnownOrder | None:
	"""The customer's active order with the agent: the named one, else one that takes unnamed usage."""
	for order in _orders({customer}).values():
		is_meant = order.name == name if name else not order.names_usage
		if is_meant and order.status == "Active" and agent in order.agents:
			return order
	return None


def catalogue_for(events: Sequence[IncomingEvent]) -> Catalogue:
	"""All that these events name, in a handful of queries however many they are."""
	customers = _customers({event.customer for event in events})
	orders = _orders(set(customers.values()))
	by_agent = defaultdict(list)
	for order in orders.values():
		for agent in order.agents if order.status in TAKES_USAGE else ():
			by_agent[order.customer, agent].append(order)
	return Catalogue(
		customers=customers,
		agents=frozenset(_existing("AI Agent", {event.agent for event in events})),
		metrics=_metrics({event.metric for event in events}),
		orders=orders,
		site_zone=zone_of(None),
		_by_agent=by_agent,
	)


def _customers(references: Collection[str]) -> dict[str, str]:
	"""The name of each customer that is called so, or that has this external id."""
	if not references:
		return {}
	table = frappe.qb.DocType("Customer")
	wanted = list(references)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.external_id)
		.where(table.name.isin(wanted) | table.external_id.isin(wanted))
		.run()
	)
	by_external_id = {external_id: name for name, external_id in rows if external_id}
	known = by_external_id | {name: name for name, _external_id in rows}
	return {reference: known[reference] for reference in references if reference in known}


def customer_called(reference: str) -> str | None:
	"""The customer of that name, or with that external id."""
	return _customers({reference}).get(reference)


def _existing(doctype: str, names: Collection[str]) -> list[str]:
	if not names:
		return []
	table = frappe.qb.DocType(doctype)
	return frappe.qb.from_(table).select(table.name).where(table.name.isin(list(names))).run(pluck=True)


def _metrics(names: Collection[str]) -> dict[str, Aggregation]:
	if not names:
		return {}
	table = frappe.qb.DocType("Usage Metric")
	query = frappe.qb.from_(table).select(table.name, table.aggregation)
	return {name: Aggregation(kind.lower()) for name, kind in query.where(table.name.isin(list(names))).run()}


def _orders(customers: Collection[str]) -> dict[str, KnownOrder]:
	"""All orders of the customers, by name, whatever their status."""
	if not customers:
		return {}
	orders, lines = frappe.qb.DocType("Billing Order"), frappe.qb.DocType("Order Line")
	query = (
		frappe.qb.from_(orders)
		.join(lines)
		.on(lines.parent == orders.name)
		.select(orders.name, orders.customer, orders.status, orders.time_zone, orders.usage_names_order)
		.select(lines.agent, lines.overage)
		.where(orders.customer.isin(list(customers)))
		.orderby(orders.name)
	)
	rows = defaultdict(list)
	for *head, agent, overage in query.run():
		rows[tuple(head)].append((agent, overage))
	return {head[0]: _order(head, found) for head, found in rows.items()}


def _order(head: tuple, lines: list[tuple[str, str]]) -> KnownOrder:
	name, customer, status, zone, names_usage = head
	blocks = frozenset(agent for agent, overage in lines if overage == "Block")
	agents = frozenset(agent for agent, _overage in lines)
	return KnownOrder(name, customer, status, zone_of(zone), bool(names_usage), agents, blocks)
