"""Orders and their lines."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from paygent_billing.core.invoicing import Discount
from paygent_billing.core.invoicing.terms import LONGEST_GRACE
from paygent_billing.core.money import Currency, decimals_of
from paygent_billing.core.period import Interval
from paygent_billing.scenarios.catalogue import by_id, known, read_interval
from paygent_billing.scenarios.document import Document, LineDocument, OrderDocument
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.scenario import Line, Order, Scenario
from paygent_billing.scenarios.terms import opening_terms


def read_orders(document: Document, scenario: Scenario) -> dict[str, Order]:
	"""The orders. The scenario has everything else that they name."""
	return by_id(document.orders, ("orders",), lambda order, path: _order(order, path, scenario))


def _order(document: OrderDocument, path: Path, scenario: Scenario) -> Order:
	known(scenario.customers, document.customer, (*path, "customer"))
	interval = read_interval(document.interval, document.interval_count, path)
	order = Order(
		id=document.id,
		customer=document.customer,
		interval=interval,
		billing_day=document.start.day if document.billing_day is None else document.billing_day,
		start=document.start,
		lines=_lines(document, path, scenario, interval),
		end=document.end,
		first_billing_date=document.first_billing_date,
		payment_due_days=document.payment_due_days,
		proration=document.proration,
		zero_invoices=document.zero_invoices,
		discount=_discount(document, path, scenario.currency),
		invoices_changes_now=document.invoice_changes,
		credits_paused_days=document.credit_paused_days,
		credits_on_end=document.credit_on_end,
		grace=_grace(document, path),
		threshold=_threshold(document, path, scenario.currency),
		first_invoice_by_hand=document.first_invoice_by_hand,
	)
	_check_dates(order, path)
	opening_terms(scenario, order)
	return order


def _grace(document: OrderDocument, path: Path) -> timedelta:
	most = LONGEST_GRACE // timedelta(hours=1)
	if document.grace_hours > most:
		raise Problem((*path, "grace_hours"), f"A grace of {document.grace_hours} hours is above {most}")
	return timedelta(hours=document.grace_hours)


def _threshold(document: OrderDocument, path: Path, currency: Currency) -> Decimal | None:
	if document.threshold is not None:
		check_decimals(document.threshold, currency, (*path, "threshold"))
	return document.threshold


def _check_dates(order: Order, path: Path) -> None:
	if order.end is not None and order.end < order.start:
		raise Problem(
			(*path, "end"), f"{order.id} would end on {order.end}, before it starts on {order.start}"
		)
	try:
		order.calendar  # noqa: B018 - it checks its dates when it is made
	except ValueError as error:
		key = "first_billing_date" if "first billing date" in str(error) else "billing_day"
		raise Problem((*path, key), str(error)) from None


def _discount(document: OrderDocument, path: Path, currency: Currency) -> Discount | None:
	values = document.discount
	if values is None:
		return None
	if values.amount is not None:
		check_decimals(values.amount, currency, (*path, "discount", "amount"))
	try:
		return Discount(values.percent, values.amount, values.periods)
	except ValueError as error:
		raise Problem((*path, "discount"), str(error)) from None


def _lines(document: OrderDocument, path: Path, scenario: Scenario, interval: Interval) -> tuple[Line, ...]:
	if not document.lines:
		raise Problem((*path, "lines"), f"{document.id} has no lines: name at least one agent")

	def make(line: LineDocument, at: Path) -> Line:
		return checked_line(Line(**dict(line)), scenario, interval, at)

	return tuple(by_id(document.lines, (*path, "lines"), make).values())


def checked_line(line: Line, scenario: Scenario, interval: Interval, path: Path) -> Line:
	"""The line. Problem when its agent, plan or cap is none that an order with that interval can have."""
	known(scenario.agents, line.agent, (*path, "agent"))
	if line.plan is not None:
		_check_plan(line, line.plan, scenario, interval, (*path, "plan"))
	if line.expiry_days is not None and line.expiry_days < 1:
		raise Problem((*path, "expiry_days"), f"Credits live for at least 1 day, not {line.expiry_days}")
	if line.rollover.cap is not None:
		check_decimals(line.rollover.cap, scenario.currency, (*path, "rollover"))
	return line


def _check_plan(line: Line, plan_id: str, scenario: Scenario, interval: Interval, path: Path) -> None:
	plan = known(scenario.plans, plan_id, path)
	if plan.agent != line.agent:
		raise Problem(path, f"The plan {plan.id} is for {plan.agent}, not for {line.agent}")
	if plan.interval and not plan.interval.is_multiple_of(interval):
		raise Problem(
			path,
			f"The plan {plan.id} is billed every {_words(plan.interval)}: that is no multiple of the order's "
			f"{_words(interval)}",
		)


def _words(interval: Interval) -> str:
	return interval.unit.value if interval.count == 1 else f"{interval.count} {interval.unit.value}s"


def check_decimals(amount: Decimal, currency: Currency, path: Path) -> None:
	"""Problem when the amount cannot be paid in the currency's smallest unit."""
	if decimals_of(amount) > currency.decimals:
		raise Problem(path, f"{amount} has more decimals than {currency.code}, which has {currency.decimals}")
