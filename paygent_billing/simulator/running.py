"""The usage of the periods that run, counted up as it arrives, so that each threshold can be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paygent_billing.core.invoicing import BillingStep, usage_needed
from paygent_billing.core.period import Period
from paygent_billing.core.usage import Metric, Tally, UsageSpan
from paygent_billing.simulator.orders import OrderState
from paygent_billing.simulator.store import Store
from paygent_billing.simulator.usage import UsageToBill, held_beforehand, is_inside
from paygent_billing.simulator.usage_events import StoredUse, accepted_uses, waiting_uses

#: So many orders' counts are kept ready; others are counted anew.
KEPT_READY = 1_000


@dataclass
class _Count:
	"""The running usage of an order as it stood in that state."""

	state: OrderState
	period: Period
	agents: dict[str, str]
	tallies: dict[UsageSpan, Tally]
	waiting: list[int]
	held: UsageToBill

	def add(self, use: StoredUse, *, is_billed: bool) -> None:
		inside = [span for span in self.tallies if is_inside(use, span, self.agents)]
		for span in inside:
			if not use.is_void:
				self.tallies[span].add(use.event)
		if inside and not is_billed:
			self.waiting.append(use.sequence)

	def to_bill(self) -> UsageToBill:
		quantities = {span: tally.quantity for span, tally in self.tallies.items()}
		return UsageToBill(quantities, (), tuple(self.waiting), self.held.billed)


class RunningUsage:
	"""Counts the running usage of orders. What is not a use that arrives has it counted anew."""

	def __init__(self, store: Store, metrics: Mapping[str, Metric]) -> None:
		self.store = store
		self.metrics = metrics
		self._ready: dict[str, _Count] = {}

	def of(self, state: OrderState, step: BillingStep, period: Period, new: StoredUse | None) -> UsageToBill:
		"""All usage of the running period, and what threshold invoices hold of it.

		`new` is the only use that has been recorded for the order since it was asked for the last time; None
		when something else has happened.
		"""
		count = self._ready.get(state.terms.id)
		if count and new and count.state is state and count.period == period:
			count.add(new, is_billed=False)
		else:
			count = self._keep(self._count(state, step, period))
		return count.to_bill()

	def forget(self, order: str) -> None:
		"""What is ready of the order is no longer up to date."""
		self._ready.pop(order, None)

	def _keep(self, count: _Count) -> _Count:
		if len(self._ready) >= KEPT_READY:
			self._ready.clear()
		self._ready[count.state.terms.id] = count
		return count

	def _count(self, state: OrderState, step: BillingStep, period: Period) -> _Count:
		terms = state.terms
		tallies = {span: Tally(self.metrics[span.metric]) for span in usage_needed(terms, period)}
		agents = {line.id: line.agent for line in terms.lines}
		held = UsageToBill(billed=held_beforehand(self.store, state, step))
		count = _Count(state, period, agents, tallies, [], held)
		waiting = {use.sequence for use in waiting_uses(self.store, terms.id, period)}
		for use in accepted_uses(self.store, terms.id, period):
			count.add(use, is_billed=use.sequence not in waiting)
		return count
