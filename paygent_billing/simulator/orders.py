"""The state of the orders: how it is kept, and found again."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from paygent_billing.core.invoicing import (
	BillingStep,
	OrderPosition,
	OrderTerms,
	next_step,
)
from paygent_billing.core.lifecycle import OrderStatus
from paygent_billing.scenarios import Scenario, opening_terms
from paygent_billing.simulator.history import history_of, with_history
from paygent_billing.simulator.rows import to_json
from paygent_billing.simulator.store import Store

#: So many orders' terms are kept ready between runs; others are read again.
KEPT_READY = 12_000


@dataclass(frozen=True)
class OrderState:
	"""An order that was activated, as it stands."""

	terms: OrderTerms
	position: OrderPosition
	status: OrderStatus
	before_pause: OrderPosition | None = None

	@cached_property
	def next_step(self) -> BillingStep | None:
		"""The next billing date, whether or not it has come; None when nothing more is to be billed."""
		return next_step(self.terms, self.position)

	@property
	def next_date(self) -> date | None:
		return self.next_step.date if self.next_step else None


class Orders:
	"""Reads and writes order states."""

	def __init__(self, store: Store, scenario: Scenario) -> None:
		self.store = store
		self.scenario = scenario
		self._ready: OrderedDict[str, OrderState] = OrderedDict()

	def get(self, order: str) -> OrderState | None:
		"""The order's state; None while it is a draft."""
		if order in self._ready:
			self._ready.move_to_end(order)
			return self._ready[order]
		row = self.store.one("SELECT * FROM billing_order WHERE id = ?", order)
		return self._keep(_state(self.scenario, row)) if row else None

	def require(self, order: str) -> OrderState:
		"""The state of an order that the scenario's check knows to be activated."""
		state = self.get(order)
		if state is None:
			raise LookupError(f"The order {order} is not activated")
		return state

	def of_customer(self, customer: str) -> list[OrderState]:
		"""The customer's activated orders, the first activated first."""
		rows = self.store.all("SELECT id FROM billing_order WHERE customer = ? ORDER BY activated", customer)
		return [self.require(row["id"]) for row in rows]

	def due(self, today: date) -> list[str]:
		"""The ids of all orders with a billing date up to today, by id."""
		rows = self.store.all(
			"SELECT id FROM billing_order WHERE next_date <= ? ORDER BY id", today.isoformat()
		)
		return [row["id"] for row in rows]

	def open(self, order: str) -> OrderState:
		"""The order's first state, active from now on."""
		terms = opening_terms(self.scenario, self.scenario.orders[order])
		state = OrderState(terms, OrderPosition(), OrderStatus.ACTIVE)
		number = self.store.one("SELECT coalesce(max(activated), 0) + 1 AS number FROM billing_order")
		self.store.insert(
			"billing_order",
			id=order,
			customer=terms.customer,
			activated=number["number"] if number else 1,
			**_columns(state),
		)
		return self._keep(state)

	def save(self, state: OrderState) -> OrderState:
		"""Keeps all of the state."""
		columns = _columns(state)
		names = ", ".join(f"{name} = ?" for name in columns)
		self.store.execute(
			f"UPDATE billing_order SET {names} WHERE id = ?", *columns.values(), state.terms.id
		)
		return self._keep(state)

	def save_position(self, state: OrderState) -> OrderState:
		"""Keeps what a billing date changes: no terms."""
		self.store.execute(
			"UPDATE billing_order SET position = ?, status = ?, next_date = ? WHERE id = ?",
			to_json(state.position.to_json()),
			state.status.value,
			_iso(state.next_date),
			state.terms.id,
		)
		return self._keep(state)

	def forget(self) -> None:
		"""What is kept ready may be ahead of the store after a failure."""
		self._ready.clear()

	def _keep(self, state: OrderState) -> OrderState:
		self._ready[state.terms.id] = state
		if len(self._ready) > KEPT_READY:
			self._ready.popitem(last=False)
		return state


def _columns(state: OrderState) -> dict[str, Any]:
	before = state.before_pause
	return {
		"status": state.status.value,
		"history": to_json(history_of(state.terms)),
		"position": to_json(state.position.to_json()),
		"before_pause": to_json(before.to_json()) if before else None,
		"next_date": _iso(state.next_date),
	}


def _iso(day: date | None) -> str | None:
	return day.isoformat() if day else None


def _state(scenario: Scenario, row: Any) -> OrderState:
	terms = opening_terms(scenario, scenario.orders[row["id"]])
	terms = with_history(scenario, terms, json.loads(row["history"]))
	before = row["before_pause"]
	return OrderState(
		terms,
		OrderPosition.from_json(json.loads(row["position"])),
		OrderStatus(row["status"]),
		OrderPosition.from_json(json.loads(before)) if before else None,
	)
