"""What has happened to the orders of a scenario so far, and what can happen next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from paygent_billing.core.lifecycle import OrderAction, OrderStatus, TransitionError, next_order_status
from paygent_billing.core.period import local_date
from paygent_billing.scenarios.catalogue import known
from paygent_billing.scenarios.contracts import checked_line
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import (
	Activate,
	AddLine,
	AmendUsage,
	ChangeLine,
	Deactivate,
	End,
	Event,
	OrderEvent,
	RemoveLine,
	Usage,
	VoidUsage,
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
	first_invoice: date | None = None

	def status_on(self, day: date) -> OrderStatus:
		"""The status on that day; an order is over when its last day is, whoever noticed."""
		is_over = self.end is not None and day > self.end and self.status is not OrderStatus.DRAFT
		return OrderStatus.ENDED if is_over else self.status

	def has_agent(self, agent: str) -> bool:
		return any(line.agent == agent for line in [*self.lines.values(), *self.removed.values()])


@dataclass
class UseStory:
	"""A use that will be corrected: what it says by now."""

	metric: str
	properties: Mapping[str, str]
	is_void: bool = False


class Story:
	"""Walks through the events and keeps what decides whether the next one makes sense."""

	def __init__(self, scenario: Scenario) -> None:
		self.scenario = scenario
		self.orders = {
			order.id: OrderStory(order, {line.id: line for line in order.lines}, end=order.end)
			for order in scenario.orders.values()
		}
		self.named = {event.order for event in scenario.events if isinstance(event, Usage) and event.order}
		self.corrected = {
			(event.customer, event.id)
			for event in scenario.events
			if isinstance(event, (AmendUsage, VoidUsage))
		}
		self.uses: dict[tuple[str, str], UseStory] = {}
		self.activated: dict[tuple[str, str], list[OrderStory]] = {}

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
				f"The order {story.order.id} is {status.value} on {self.day(event.at)}: "
				f"it cannot {action.value}",
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
			raise Problem(
				path, f"{story.order.id} would end on {story.end}, before it starts on {story.order.start}"
			)

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
			raise Problem(
				(*path, "line"), f"{story.order.id} has a line {event.line} already: give it another id"
			)
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
					f"{story.order.customer} has {line.agent} on {other.order.id}, line {rival.id} already: "
					f"a second line on {story.order.id} would bill the same usage, "
					"unless its usage names the order",
				)

	def refuse_draft(self, story: OrderStory, path: Path) -> None:
		if story.status is OrderStatus.DRAFT:
			raise Problem(path, f"{story.order.id} is not activated yet: activate it before this")


def line_of(event: AddLine) -> Line:
	"""The line that the event adds."""
	return Line(
		event.line, event.agent, event.plan, event.seats, event.rollover, event.overage, event.expiry_days
	)
