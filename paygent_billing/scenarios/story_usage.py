"""Whether the usage in a scenario can happen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from paygent_billing.core.usage import Metric
from paygent_billing.scenarios.catalogue import known
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import AmendUsage, Usage, VoidUsage
from paygent_billing.scenarios.story import Story, UseStory


def usage(story: Story, event: Usage, path: Path) -> None:
	for key, things in (
		("customer", story.scenario.customers),
		("agent", story.scenario.agents),
		("metric", story.scenario.metrics),
	):
		known(things, getattr(event, key), (*path, key))
	_check_use(story, event, path)
	if event.order is not None:
		_check_named(story, event, event.order, path)
	elif (event.customer, event.agent) not in story.activated:
		raise Problem(path, f"{event.customer} has no order with {event.agent} that is activated before this")
	if (event.customer, event.id) in story.corrected:
		story.uses.setdefault((event.customer, event.id), UseStory(event.metric, event.properties or {}))


def amend_usage(story: Story, event: AmendUsage, path: Path) -> None:
	use = _use(story, event, path)
	if event.quantity is None and event.properties is None:
		raise Problem(path, "Nothing is amended: name a quantity or properties")
	if event.quantity is not None:
		_check_quantity(event.quantity, path)
	if event.properties is not None:
		use.properties = event.properties
	_check_properties(story.scenario.metrics[use.metric], use.properties, path)


def void_usage(story: Story, event: VoidUsage, path: Path) -> None:
	_use(story, event, path).is_void = True


def _use(story: Story, event: AmendUsage | VoidUsage, path: Path) -> UseStory:
	known(story.scenario.customers, event.customer, (*path, "customer"))
	use = story.uses.get((event.customer, event.id))
	if use is None:
		raise Problem((*path, "id"), f"{event.customer} has no usage {event.id} before this")
	if use.is_void:
		raise Problem((*path, "id"), f"The usage {event.id} of {event.customer} is void already")
	return use


def _check_use(story: Story, event: Usage, path: Path) -> None:
	_check_quantity(event.quantity, path)
	if event.happened_at > event.at:
		raise Problem((*path, "occurred_at"), "This usage would arrive before it happened")
	_check_properties(story.scenario.metrics[event.metric], event.properties or {}, path)


def _check_quantity(quantity: Decimal, path: Path) -> None:
	if quantity < 0:
		raise Problem((*path, "quantity"), f"{quantity} is negative: usage is 0 or more")


def _check_properties(metric: Metric, properties: Mapping[str, str], path: Path) -> None:
	reason = metric.why_refused(properties)
	if reason:
		raise Problem((*path, "properties"), reason)


def _check_named(story: Story, event: Usage, order: str, path: Path) -> None:
	known(story.scenario.orders, order, (*path, "order"))
	told = story.orders[order]
	if told.order.customer != event.customer:
		raise Problem(
			(*path, "order"), f"{order} is an order of {told.order.customer}, not of {event.customer}"
		)
	if not told.has_agent(event.agent):
		raise Problem((*path, "order"), f"{order} has no line with {event.agent}")
	story.refuse_draft(told, path)
