from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from paygent_billing.core.lifecycle import (
	InvoiceAction,
	InvoiceStatus,
	OrderAction,
	OrderStatus,
	TransitionError,
	check_invoice_action,
	check_invoice_transition,
	invoice_status,
	next_order_status,
)

ORDERS = {
	("Draft", "activate"): "Active",
	("Draft", "cancel"): "Cancelled",
	("Active", "pause"): "Paused",
	("Active", "change"): "Active",
	("Active", "end"): "Ended",
	("Active", "cancel"): "Cancelled",
	("Paused", "resume"): "Active",
	("Paused", "change"): "Paused",
	("Paused", "end"): "Ended",
	("Paused", "cancel"): "Cancelled",
}

INVOICES = {
	("draft", "open"),
	("open", "paid"),
	("open", "past_due"),
	("open", "void"),
	("open", "uncollectible"),
	("past_due", "paid"),
	("past_due", "void"),
	("past_due", "uncollectible"),
	("uncollectible", "paid"),
}


UNPAID = {"edit", "mark as paid", "record a payment", "void", "mark uncollectible"}
ACTIONS = {
	"draft": {"open", "edit"},
	"open": UNPAID,
	"past_due": UNPAID,
	"paid": {"credit", "refund"},
	"void": {"re-bill"},
	"uncollectible": {"mark as paid", "record a payment"},
}


@pytest.mark.parametrize(("status", "action"), list(product(OrderStatus, OrderAction)))
def test_order_knows_these_actions_and_refuses_all_others(status: OrderStatus, action: OrderAction) -> None:
	expected = ORDERS.get((status.value, action.value))
	if expected:
		assert next_order_status(status, action) is OrderStatus(expected)
		return
	with pytest.raises(TransitionError) as refusal:
		next_order_status(status, action)
	assert str(refusal.value) == f"An order that is {status.value} cannot {action.value}"


@pytest.mark.parametrize(("status", "target"), list(product(InvoiceStatus, InvoiceStatus)))
def test_invoice_can_become_these_and_nothing_else(status: InvoiceStatus, target: InvoiceStatus) -> None:
	if (status.value, target.value) in INVOICES:
		check_invoice_transition(status, target)
		return
	with pytest.raises(TransitionError) as refusal:
		check_invoice_transition(status, target)
	assert str(refusal.value) == f"An invoice that is {status.value} cannot become {target.value}"


@pytest.mark.parametrize(("status", "action"), list(product(InvoiceStatus, InvoiceAction)))
def test_invoice_knows_these_actions_and_refuses_all_others(
	status: InvoiceStatus, action: InvoiceAction
) -> None:
	if action.value in ACTIONS[status.value]:
		check_invoice_action(status, action)
		return
	with pytest.raises(TransitionError) as refusal:
		check_invoice_action(status, action)
	assert str(refusal.value) == f"An invoice that is {status.value} does not know: {action.value}"


@pytest.mark.parametrize(
	("total", "paid", "today", "expected"),
	[
		("60.00", "0", "2026-03-03", InvoiceStatus.OPEN),
		("60.00", "59.99", "2026-03-03", InvoiceStatus.OPEN),
		("60.00", "59.99", "2026-03-04", InvoiceStatus.PAST_DUE),
		("60.00", "60.00", "2026-03-04", InvoiceStatus.PAID),
		("60.00", "61.00", "2026-03-01", InvoiceStatus.PAID),
		("0.00", "0", "2026-02-01", InvoiceStatus.PAID),
	],
)
def test_issued_invoice_is_past_due_the_day_after_its_due_date(
	total: str, paid: str, today: str, expected: InvoiceStatus
) -> None:
	due = date(2026, 3, 3)
	assert invoice_status(Decimal(total), Decimal(paid), due, date.fromisoformat(today)) is expected
