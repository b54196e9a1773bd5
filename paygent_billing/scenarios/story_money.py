"""Whether runs, payments, refunds, credits and one-offs of a scenario can happen."""

from __future__ import annotations

from paygent_billing.scenarios.catalogue import known
from paygent_billing.scenarios.contracts import check_decimals
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import (
	Bill,
	FirstInvoice,
	Grant,
	OneOff,
	Pay,
	RecordPayment,
	Refund,
	TopUp,
)
from paygent_billing.scenarios.story import Story


def first_invoice(story: Story, event: FirstInvoice, path: Path) -> None:
	told, today = story.order(event, path), story.day(event.at)
	if not told.order.first_invoice_by_hand:
		raise Problem(path, f"{told.order.id} makes its first invoice by itself: set first_invoice_by_hand")
	story.refuse_draft(told, path)
	if today < told.order.start:
		raise Problem(path, f"{told.order.id} starts on {told.order.start}: it has no invoice before that")
	if told.first_invoice is not None:
		raise Problem(path, f"{told.order.id} has its first invoice since {told.first_invoice}")
	told.first_invoice = today


def one_off(story: Story, event: OneOff, path: Path) -> None:
	told = story.order(event, path)
	check_decimals(event.amount, story.scenario.currency, (*path, "amount"))
	story.refuse_draft(told, path)
	if told.end is not None and story.day(event.at) > told.end:
		raise Problem(path, f"{told.order.id} ended on {told.end}: it has no next invoice")


def pay(story: Story, event: Pay, path: Path) -> None:
	if (event.order is None) == (event.invoice is None):
		raise Problem(path, "Name either an order or an invoice that is paid")
	if event.order is not None:
		known(story.scenario.orders, event.order, (*path, "order"))
		story.refuse_draft(story.orders[event.order], path)


def record_payment(story: Story, event: RecordPayment, path: Path) -> None:
	check_decimals(event.amount, story.scenario.currency, (*path, "amount"))


def grant(story: Story, event: Grant, path: Path) -> None:
	known(story.scenario.customers, event.customer, (*path, "customer"))
	check_decimals(event.amount, story.scenario.currency, (*path, "amount"))
	if event.expires is not None and event.expires <= story.day(event.at):
		raise Problem(
			(*path, "expires"), f"These credits would expire on {event.expires}, before they are granted"
		)


def top_up(story: Story, event: TopUp, path: Path) -> None:
	known(story.scenario.customers, event.customer, (*path, "customer"))
	check_decimals(event.amount, story.scenario.currency, (*path, "amount"))
	if event.expires is not None and event.expires <= story.day(event.at):
		raise Problem(
			(*path, "expires"), f"These credits would expire on {event.expires}, before they are bought"
		)


def refund(story: Story, event: Refund, path: Path) -> None:
	if event.amount is not None:
		check_decimals(event.amount, story.scenario.currency, (*path, "amount"))


def bill(story: Story, event: Bill, path: Path) -> None:
	if event.daily_until is not None and event.daily_until < story.day(event.at):
		raise Problem((*path, "daily_until"), "daily_until lies before the first run")
