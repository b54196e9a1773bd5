"""Usage as it arrives or is corrected: whose it is, whether it is new, and whether the wallet covers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing import (
	ChargeType,
	LineType,
	OrderLine,
	OrderTerms,
	period_to_bill,
)
from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.unbilled import USED_UP
from paygent_billing.core.lifecycle import OrderStatus
from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.core.period import Period, local_date
from paygent_billing.core.wallet import Overage, is_covered
from paygent_billing.scenarios import Scenario
from paygent_billing.scenarios.events import AmendUsage, Usage, VoidUsage
from paygent_billing.simulator import billed, usage, usage_events, wallet
from paygent_billing.simulator.orders import Orders, OrderState
from paygent_billing.simulator.store import Store
from paygent_billing.simulator.usage_events import StoredUse


@dataclass(frozen=True)
class Recorded:
	"""The order whose usage is another one now, and the use that was added to it; None for a correction."""

	order: str
	new: StoredUse | None = None


@dataclass(frozen=True)
class Recorder:
	"""Records usage within the caller's transaction."""

	store: Store
	scenario: Scenario
	orders: Orders
	warn: Callable[[str], None]

	def record(self, event: Usage | AmendUsage | VoidUsage, arrived: date) -> Recorded | None:
		"""Keeps the event; None when it changes nobody's usage."""
		match event:
			case Usage():
				return self._use(event, arrived)
			case AmendUsage():
				return self._amend(event)
			case VoidUsage():
				return self._void(event)

	def _use(self, event: Usage, arrived: date) -> Recorded | None:
		"""Keeps the event, unless its id is known: then nothing changes."""
		known = self.store.one(
			"SELECT content FROM usage_event WHERE customer = ? AND id = ? AND version = 0",
			event.customer,
			event.id,
		)
		if known:
			self._duplicate(event, known["content"])
			return None
		day = local_date(event.occurred_at, self.scenario.zone) if event.occurred_at else arrived
		state = self._order_of(event, day)
		use = usage_events.stored_use(event, day)
		refusal = None if self._is_covered(state, use) else USED_UP
		stored = usage_events.record(self.store, event, use, order=state.terms.id, refusal=refusal)
		return Recorded(state.terms.id, stored) if refusal is None else None

	def _amend(self, event: AmendUsage) -> Recorded | None:
		"""Keeps the new version; one that the wallet does not cover leaves the old one in force."""
		known, use = usage_events.in_force(self.store, event.customer, event.id)
		state = self.orders.require(known["order_id"])
		new = usage_events.amended(use, event.quantity, event.properties)
		refusal = None if self._is_covered(state, new) else USED_UP
		if refusal:
			self.warn(f"The amendment of usage {event.id} of {event.customer} is refused: {refusal}")
		usage_events.correct(self.store, known, new, refusal=refusal)
		return Recorded(state.terms.id) if refusal is None else None

	def _void(self, event: VoidUsage) -> Recorded:
		known, use = usage_events.in_force(self.store, event.customer, event.id)
		usage_events.correct(self.store, known, replace(use, is_void=True), refusal=None)
		return Recorded(known["order_id"])

	def _duplicate(self, event: Usage, known: str) -> None:
		if usage_events.content_of(event) != known:
			self.warn(
				f"The usage {event.id} of {event.customer} came again with other content: the first one stays"
			)

	def _order_of(self, event: Usage, day: date) -> OrderState:
		"""The order that the event names, or that served the agent on that day, or else the likeliest."""
		if event.order is not None:
			return self.orders.require(event.order)
		states = self.orders.of_customer(event.customer)
		fitting = [state for state in states if _lines_with(state.terms, event.agent)]
		return max(fitting, key=lambda state: _likelihood(state, event.agent, day))

	def _is_covered(self, state: OrderState, use: StoredUse) -> bool:
		line = line_on(state.terms, use.agent, use.day)
		if line is None or line.overage is Overage.BILL:
			return True
		cost = self._running_cost(state, line, use)
		if cost is None:
			return True
		held = wallet.balance(self.store, state.terms.customer)
		return is_covered(held, cost, line.overage, reserved=self._cost_elsewhere(state, line, use.day))

	def _cost_elsewhere(self, state: OrderState, line: OrderLine, day: date) -> Decimal:
		"""What the customer's other lines will draw, of the period that runs on the day."""
		customer = state.terms.customer
		return total_of(
			self._unbilled_cost(other, one, day)
			for other in self.orders.of_customer(customer)
			for one in other.terms.lines
			if (other.terms.id, one.id) != (state.terms.id, line.id)
		)

	def _unbilled_cost(self, state: OrderState, line: OrderLine, day: date) -> Decimal:
		period = period_to_bill(state.terms, state.position, day)
		if period is None:
			return ZERO
		cost = self._cost(state, line, period, None)
		is_begun = bool(state.position.thresholds)
		return EXACT.subtract(cost, self._billed(state.terms.id, line, period)) if is_begun else cost

	def _running_cost(self, state: OrderState, line: OrderLine, use: StoredUse) -> Decimal | None:
		"""What the line's usage of the period comes to with this use, or with it as it is amended, less what
		is billed. None when it adds nothing to that.
		"""
		terms = state.terms
		late_for = billed.billed_period(self.store, terms.id, use.day)
		period = late_for or period_to_bill(terms, state.position, use.day)
		if period is None:
			return None
		before = self._cost(state, line, period, None)
		cost = self._cost(state, line, period, use)
		if cost <= before:
			return None
		is_begun = late_for or state.position.thresholds
		return EXACT.subtract(cost, self._billed(terms.id, line, period)) if is_begun else cost

	def _cost(self, state: OrderState, line: OrderLine, period: Period, use: StoredUse | None) -> Decimal:
		instead = {use.sequence: use} if use else None
		quantities = usage.quantities_of(self.store, state.terms, self.scenario.metrics, period, instead)
		lines = usage_lines(state.terms, period, quantities)
		return total_of(
			rated.amount for rated in lines if rated.line == line.id and rated.type is LineType.USAGE
		)

	def _billed(self, order: str, line: OrderLine, period: Period) -> Decimal:
		held = billed.billed_usage(self.store, order, period)
		kinds = {c.id for version in line.versions for c in version.charges if c.type is ChargeType.USAGE}
		return total_of(one.amount for key, one in held.items() if key[0] == line.id and key[1] in kinds)


def line_on(terms: OrderTerms, agent: str, day: date) -> OrderLine | None:
	"""The order's line that serves the agent on that day; of several the one that bills usage."""
	serving = [
		line
		for line in _lines_with(terms, agent)
		if line.start <= day and (line.end is None or day < line.end)
	]
	return max(serving, key=lambda line: _bills_usage(line, day), default=None)


def _lines_with(terms: OrderTerms, agent: str) -> list[OrderLine]:
	return [line for line in terms.lines if line.agent == agent]


def _bills_usage(line: OrderLine, day: date) -> bool:
	charges = (charge for version in line.versions if version.valid_from <= day for charge in version.charges)
	return any(charge.type is ChargeType.USAGE for charge in charges)


def _likelihood(state: OrderState, agent: str, day: date) -> tuple[bool, bool, bool, bool]:
	"""Compares orders with the agent; of equals the one that was activated first is taken."""
	line = line_on(state.terms, agent, day)
	is_served = line is not None and state.terms.span_at(day) is not None
	return (
		is_served,
		is_served and line is not None and _bills_usage(line, day),
		state.status is OrderStatus.ACTIVE,
		state.status is OrderStatus.PAUSED,
	)
