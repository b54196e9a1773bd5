"""Whether the usage in a scenario can happen."""

from __future__ import annotations

from paygent_billing.scenarios.catalogue import known
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import Usage
from paygent_billing.scenarios.story import Story


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


def _check_use(story: Story, event: Usage, path: Path) -> None:
	if event.quantity < 0:
		raise Problem((*path, "quantity"), f"{event.quantity} is negative: usage is 0 or more")
	if event.happened_at > event.at:
		raise Problem((*path, "occurred_at"), "This usage would arrive before it happened")
	wanted = story.scenario.metrics[event.metric].unique_property
	if wanted and wanted not in (event.properties or {}):
		raise Problem(
			path, f"{event.metric} counts different values of {wanted}: add properties: {{{wanted}: ...}}"
		)


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
