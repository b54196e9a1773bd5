"""Whether a scenario's events can happen, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from paygent_billing.core.lifecycle import OrderAction, OrderStatus, TransitionError, next_order_status
from paygent_billing.core.period import local_date
from paygent_billing.scenarios.catalogue import known
from paygent_billing.scenarios.contracts import check_decimals, checked_line
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import (
	Activate,
	AddLine,
	Bill,
	ChangeLine,
	Deactivate,
	End,
	Event,
	Grant,
	OneOff,
	OrderEvent,
	Pay,
	RecordPayment,
	RemoveLine,
	Usage,
)
from paygent_billing.scenarios.scenario import Line, Order, Scenario
from paygent_billing.scenarios.terms import bills_usage, changed


@dataclass
class OrderStory:
	"""An order so far: its status, its lines, and its last day of service when that is known."""

	order: Order
	lines: dict[str, Line]
	status: OrderStatus = OrderStatus.DRAFT
	end: date | None = None
	removed: dict[str, Line] = field(default_factory=dict)

	def status_on(self, day: date) -> OrderStatus:
		"""The status on that day; an order is over when its last day is, whoever noticed."""
		is_over = self.end is not None and day > self.end and self.status is not OrderStatus.DRAFT
		return OrderStatus.ENDED if is_over else self.status

	def has_agent(self, agent: str) -> bool:
		return any(line.agent == agent for line in [*self.lines.values(), *self.removed.values()])


def check_story(scenario: Scenario) -> None:
	"""Problem at the first event that cannot happen, or at an `until` before the last one."""
	story = Story(scenario)
	last: date | None = None
	for number, event in enumerate(scenario.events):
		story.tell(event, ("events", number))
		last = local_date(event.at, scenario.zone)
	if last and scenario.until and scenario.until < last:
		raise Problem(("until",), f"until lies before the last event on {last}")


class Story:
	"""Walks through the events and keeps what decides whether the next one makes sense."""

	def __init__(self, scenario: Scenario) -> None:
		self.scenario = scenario
		self.orders = {
			order.id: OrderStory(order, {line.id: line for line in order.lines}, end=order.end)
			for order in scenario.orders.values()
		}
		self.named = {event.order for event in scenario.events if isinstance(event, Usage) and event.order}
		self.activated: dict[tuple[str, str], list[OrderStory]] = {}

	def tell(self, event: Event, path: Path) -> None:
		check = _CHECKS.get(type(event))
		if check:
			check(self, event, path)

	def day(self, moment: datetime) -> date:
		return local_date(moment, self.scenario.zone)

	def order(self, event: OrderEvent, path: Path) -> OrderStory:
		known(self.scenario.orders, event.order, (*path, "order"))
		return self.orders[event.order]

	def step(self, story: OrderStory, action: OrderAction, event: Event, path: Path) -> None:
		"""The order's status moves on. Problem when the action is none that its status knows."""
		status = story.status_on(self.day(event.at))
		try:
			story.status = next_order_status(status, action)
		except TransitionError:
			raise Problem(
				path,
				f"The order {story.order.id} is {status.value} on {self.day(event.at)}: it cannot {action.value}",
			) from None

	def activate(self, event: Activate, path: Path) -> None:
		story = self.order(event, path)
		is_paused = story.status is OrderStatus.PAUSED
		self.step(story, OrderAction.RESUME if is_paused else OrderAction.ACTIVATE, event, path)
		for line in story.lines.values():
			self._enter(story, line, event, path)

	def deactivate(self, event: Deactivate, path: Path) -> None:
		self.step(self.order(event, path), OrderAction.PAUSE, event, path)

	def end(self, event: End, path: Path) -> None:
		story = self.order(event, path)
		self.step(story, OrderAction.END, event, path)
		story.end = self.day(event.at)
		if story.end < story.order.start:
			raise Problem(path, f"{story.order.id} would end on {story.end}, before it starts on {story.order.start}")

	def change_line(self, event: ChangeLine, path: Path) -> None:
		story = self.order(event, path)
		line = self._line(story, event, path)
		if event.plan is None and event.seats is None:
			raise Problem(path, "Nothing is changed: name a plan or a number of seats")
		new = changed(line, plan=event.plan, seats=event.seats)
		story.lines[line.id] = checked_line(new, self.scenario, story.order.interval, path)
		self._enter(story, new, event, path)

	def add_line(self, event: AddLine, path: Path) -> None:
		story = self.order(event, path)
		self.step(story, OrderAction.CHANGE, event, path)
		if event.line in story.lines or event.line in story.removed:
			raise Problem((*path, "line"), f"{story.order.id} has a line {event.line} already: give it another id")
		line = line_of(event)
		story.lines[line.id] = checked_line(line, self.scenario, story.order.interval, path)
		self._enter(story, line, event, path)

	def remove_line(self, event: RemoveLine, path: Path) -> None:
		story = self.order(event, path)
		line = self._line(story, event, path)
		story.removed[line.id] = story.lines.pop(line.id)

	def _line(self, story: OrderStory, event: ChangeLine | RemoveLine, path: Path) -> Line:
		self.step(story, OrderAction.CHANGE, event, path)
		return known(story.lines, event.line, (*path, "line"))

	def _enter(self, story: OrderStory, line: Line, event: OrderEvent, path: Path) -> None:
		"""The line becomes active: no other may bill usage of its agent for the customer."""
		key = story.order.customer, line.agent
		others = self.activated.setdefault(key, [])
		if story not in others:
			others.append(story)
		if bills_usage(self.scenario, line):
			for other in others:
				self._refuse_second(other, story, line, event, path)

	def _refuse_second(
		self, other: OrderStory, story: OrderStory, line: Line, event: OrderEvent, path: Path
	) -> None:
		is_served = other.status_on(self.day(event.at)) is OrderStatus.ACTIVE
		if not is_served or (other is not story and story.order.id in self.named):
			return
		for rival in other.lines.values():
			is_same = other is story and rival.id == line.id
			if rival.agent == line.agent and not is_same and bills_usage(self.scenario, rival):
				raise Problem(
					path,
					f"{story.order.customer} has {line.agent} on {other.order.id}, line {rival.id} already: a second "
					f"line on {story.order.id} would bill the same usage, unless its usage names the order",
				)

	def one_off(self, event: OneOff, path: Path) -> None:
		story = self.order(event, path)
		check_decimals(event.amount, self.scenario.currency, (*path, "amount"))
		self._refuse_draft(story, path)
		if story.end is not None and self.day(event.at) > story.end:
			raise Problem(path, f"{story.order.id} ended on {story.end}: it has no next invoice")

	def pay(self, event: Pay, path: Path) -> None:
		if (event.order is None) == (event.invoice is None):
			raise Problem(path, "Name either an order or an invoice that is paid")
		if event.order is not None:
			known(self.scenario.orders, event.order, (*path, "order"))
			self._refuse_draft(self.orders[event.order], path)

	def record_payment(self, event: RecordPayment, path: Path) -> None:
		check_decimals(event.amount, self.scenario.currency, (*path, "amount"))

	def grant(self, event: Grant, path: Path) -> None:
		known(self.scenario.customers, event.customer, (*path, "customer"))
		check_decimals(event.amount, self.scenario.currency, (*path, "amount"))
		if event.expires is not None and event.expires <= self.day(event.at):
			raise Problem((*path, "expires"), f"These credits would expire on {event.expires}, before they are granted")

	def bill(self, event: Bill, path: Path) -> None:
		if event.daily_until is not None and event.daily_until < self.day(event.at):
			raise Problem((*path, "daily_until"), "daily_until lies before the first run")

	def usage(self, event: Usage, path: Path) -> None:
		for key, things in (
			("customer", self.scenario.customers),
			("agent", self.scenario.agents),
			("metric", self.scenario.metrics),
		):
			known(things, getattr(event, key), (*path, key))
		self._check_use(event, path)
		if event.order is not None:
			self._check_named(event, event.order, path)
		elif (event.customer, event.agent) not in self.activated:
			raise Problem(path, f"{event.customer} has no order with {event.agent} that is activated before this")

	def _check_use(self, event: Usage, path: Path) -> None:
		if event.quantity < 0:
			raise Problem((*path, "quantity"), f"{event.quantity} is negative: usage is 0 or more")
		if event.happened_at > event.at:
			raise Problem((*path, "occurred_at"), "This usage would arrive before it happened")
		wanted = self.scenario.metrics[event.metric].unique_property
		if wanted and wanted not in (event.properties or {}):
			raise Problem(path, f"{event.metric} counts different values of {wanted}: add properties: {{{wanted}: ...}}")

	def _check_named(self, event: Usage, order: str, path: Path) -> None:
		known(self.scenario.orders, order, (*path, "order"))
		story = self.orders[order]
		if story.order.customer != event.customer:
			raise Problem((*path, "order"), f"{order} is an order of {story.order.customer}, not of {event.customer}")
		if not story.has_agent(event.agent):
			raise Problem((*path, "order"), f"{order} has no line with {event.agent}")
		self._refuse_draft(story, path)

	def _refuse_draft(self, story: OrderStory, path: Path) -> None:
		if story.status is OrderStatus.DRAFT:
			raise Problem(path, f"{story.order.id} is not activated yet: activate it before this")


def line_of(event: AddLine) -> Line:
	"""The line that the event adds."""
	return Line(event.line, event.agent, event.plan, event.seats, event.rollover, event.overage)


_CHECKS: dict[type[Event], Callable[[Story, Any, Path], None]] = {
	Activate: Story.activate,
	Deactivate: Story.deactivate,
	End: Story.end,
	ChangeLine: Story.change_line,
	AddLine: Story.add_line,
	RemoveLine: Story.remove_line,
	OneOff: Story.one_off,
	Pay: Story.pay,
	RecordPayment: Story.record_payment,
	Grant: Story.grant,
	Bill: Story.bill,
	Usage: Story.usage,
}
