"""Runs a scenario into a store, from wherever the last run left off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from paygent_billing.core.invoicing import is_due
from paygent_billing.core.invoicing.catch_up import Limits, needs_approval
from paygent_billing.scenarios import Problem, Scenario
from paygent_billing.scenarios.events import (
	Activate,
	AddLine,
	AmendUsage,
	Bill,
	ChangeLine,
	Deactivate,
	End,
	Event,
	FirstInvoice,
	Grant,
	OneOff,
	Pay,
	RecordPayment,
	Refund,
	RemoveLine,
	TopUp,
	Usage,
	Void,
	VoidUsage,
)
from paygent_billing.scenarios.moments import Moment, moments_of
from paygent_billing.simulator import top_ups, wallet
from paygent_billing.simulator.billing import Biller
from paygent_billing.simulator.changes import Changes, RefusedError
from paygent_billing.simulator.moments import batches_of
from paygent_billing.simulator.orders import Orders, OrderState
from paygent_billing.simulator.payments import Payments
from paygent_billing.simulator.recorder import Recorder
from paygent_billing.simulator.refunds import Refunds
from paygent_billing.simulator.running import RunningUsage
from paygent_billing.simulator.store import Store

#: A longer backlog is billed with a warning.
LIMITS = Limits()


@dataclass
class Figures:
	"""What the runs found due and what became of it. An order that fails stops the simulation."""

	due: int = 0
	billed: int = 0
	failed: int = 0
	waiting: int = 0


@dataclass
class Watcher:
	"""Is told what goes on. By itself it keeps silent."""

	warn: Callable[[str], None] = field(default=lambda message: None)
	moment_passed: Callable[[int], None] = field(default=lambda moments: None)
	order_billed: Callable[[str], None] = field(default=lambda order: None)


def run(scenario: Scenario, store: Store, fingerprint: str, watcher: Watcher | None = None) -> Figures:
	"""Everything that has not happened yet in the store happens. Problem when an event turns out impossible.

	Can be stopped at any moment and run again: what is done stays as it is, the rest follows.
	"""
	done = store.begin(fingerprint)
	engine = Engine(scenario, store, watcher or Watcher())
	for moments in batches_of(islice(moments_of(scenario), done, None)):
		engine.happen(moments, done + len(moments))
		done += len(moments)
	return engine.figures


class Engine:
	"""Lets moments happen, each in its transaction."""

	def __init__(self, scenario: Scenario, store: Store, watcher: Watcher) -> None:
		self.scenario = scenario
		self.store = store
		self.watcher = watcher
		self.orders = Orders(store, scenario)
		self.biller = Biller(store, scenario, self.orders, RunningUsage(store, scenario.metrics))
		self.changes = Changes(scenario, self.orders, self.biller)
		self.payments = Payments(store)
		self.refunds = Refunds(store, scenario.currency)
		self.recorder = Recorder(store, scenario, self.orders, watcher.warn)
		self.figures = Figures()

	def happen(self, moments: list[Moment], done: int) -> None:
		"""The moments happen, all or none; after that `done` moments are over."""
		first = moments[0]
		if isinstance(first.event, Bill):
			self._bill_all(first)
			moments = []
		with self.store.transaction():
			for moment in moments:
				self._happen(moment)
			self.store.advance(done)
		self.watcher.moment_passed(done)

	def _happen(self, moment: Moment) -> None:
		try:
			self._apply(moment.event, moment.day, f"event {moment.number + 1}")
		except RefusedError as error:
			self.orders.forget()
			raise Problem(("events", moment.number), str(error)) from None

	def _apply(self, event: Event, day: date, cause: str) -> None:
		match event:
			case Usage() | AmendUsage() | VoidUsage():
				recorded = self.recorder.record(event, day)
				if recorded:
					self.biller.check_threshold(recorded, day)
			case FirstInvoice():
				self.changes.first_invoice(event.order, day)
			case Activate() | Deactivate() | End() | ChangeLine() | AddLine() | RemoveLine() | OneOff():
				self._change(event, day, cause)
			case Grant():
				wallet.grant_by_hand(self.store, event.customer, event.amount, event.expires, cause=cause)
			case TopUp():
				top_ups.top_up(self.store, self.scenario, event, day, cause=cause)
			case Refund():
				self.refunds.refund(event.invoice, event.amount, day, cause=cause)
			case _:
				self._settle(event, cause)

	def _change(self, event: Event, day: date, cause: str) -> None:
		match event:
			case Activate():
				self.changes.activate(event.order, day)
			case Deactivate():
				self.changes.pause(event.order, day)
			case End():
				self.changes.end(event.order, day, cause=cause)
			case ChangeLine():
				self.changes.change_line(event, day, cause=cause)
			case AddLine():
				self.changes.add_line(event, day, cause=cause)
			case RemoveLine():
				self.changes.remove_line(event, day, cause=cause)
			case OneOff():
				self.changes.one_off(event, cause=cause)

	def _settle(self, event: Event, cause: str) -> None:
		match event:
			case Pay(order=str() as order):
				self.payments.pay_order(order, event.at, cause=cause)
			case Pay(invoice=int() as invoice):
				self.payments.pay_invoice(invoice, event.at, cause=cause)
			case RecordPayment():
				self.payments.record(event.invoice, event.amount, event.at, cause=cause)
			case Void():
				self.payments.void(event.invoice)

	def _bill_all(self, moment: Moment) -> None:
		"""The scheduler's tick: every order with a billing date that is due, each date in a transaction."""
		for order in self.orders.due(moment.day):
			state = self.orders.require(order)
			if self._is_due(state, moment):
				self._warn_of_backlog(state, moment.day)
				self._bill(state, moment)
				self.watcher.order_billed(order)
		with self.store.transaction():
			wallet.expire_without_orders(self.store, moment.day, cause=f"run on {moment.at.isoformat()}")

	def _bill(self, state: OrderState, moment: Moment) -> None:
		while (step := state.next_step) and self._is_due(state, moment):
			self.figures.due += 1
			with self.store.transaction():
				state = self.biller.bill(state, step, moment.day)
			self.figures.billed += 1

	def _is_due(self, state: OrderState, moment: Moment) -> bool:
		"""Whether the order's next invoice date has come, and its grace is over."""
		step = state.next_step
		return step is not None and is_due(state.terms, step, self.scenario.zone, moment.at)

	def _warn_of_backlog(self, state: OrderState, today: date) -> None:
		step = state.next_step
		if step is None or (today - step.date).days < min(LIMITS.days, LIMITS.invoices):
			return
		reason = needs_approval(state.terms, state.position, today, LIMITS)
		if reason:
			self.watcher.warn(
				f"{state.terms.id} on {today}: {reason}; on a site a person would have to approve it"
			)
