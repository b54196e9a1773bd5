"""A scenario's orders as the terms by which the core bills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from paygent_billing.core.invoicing import Charge, ChargeType, LineVersion, OrderLine, OrderTerms
from paygent_billing.scenarios.scenario import Line, Order, Scenario


def opening_terms(scenario: Scenario, order: Order) -> OrderTerms:
	"""The order as it is signed, before anything happens to it."""
	return OrderTerms(
		id=order.id,
		customer=order.customer,
		currency=scenario.currency,
		calendar=order.calendar,
		start=order.start,
		lines=tuple(opening_line(scenario, line, since=order.start) for line in order.lines),
		end=order.end and order.end + timedelta(days=1),
		proration=order.proration,
		zero_invoices=order.zero_invoices,
		discount=order.discount,
		invoices_changes_now=order.invoices_changes_now,
		credits_paused_days=order.credits_paused_days,
		credits_on_end=order.credits_on_end,
		credit_value=scenario.customers[order.customer].credit_value,
		grace=order.grace,
		threshold=order.threshold,
		first_invoice_by_hand=order.first_invoice_by_hand,
	)


def opening_line(scenario: Scenario, line: Line, *, since: date) -> OrderLine:
	"""The line with its first prices."""
	version = line_version(scenario, line, since=since)
	return OrderLine(line.id, line.agent, (version,), line.rollover, line.overage, line.expiry_days)


def line_version(scenario: Scenario, line: Line, *, since: date) -> LineVersion:
	"""What the line costs from that day on, by its plan or its agent's own prices."""
	plan = scenario.plans[line.plan] if line.plan else None
	return LineVersion(
		valid_from=since,
		charges=charges_of(scenario, line),
		seats=line.seats,
		plan=line.plan,
		interval=plan.interval if plan else None,
	)


def charges_of(scenario: Scenario, line: Line) -> tuple[Charge, ...]:
	return scenario.plans[line.plan].charges if line.plan else scenario.agents[line.agent].charges


def bills_usage(scenario: Scenario, line: Line) -> bool:
	"""Whether usage of the agent belongs to the line."""
	return any(charge.type is ChargeType.USAGE for charge in charges_of(scenario, line))


def changed(line: Line, *, plan: str | None, seats: int | None) -> Line:
	"""The line with another plan or number of seats; None leaves it as it is."""
	return replace(line, plan=plan or line.plan, seats=line.seats if seats is None else seats)
