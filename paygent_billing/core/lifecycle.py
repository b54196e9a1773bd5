"""What an order and an invoice can become: tables of allowed transitions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum


class OrderStatus(str, Enum):
	DRAFT = "Draft"
	ACTIVE = "Active"
	PAUSED = "Paused"
	ENDED = "Ended"
	CANCELLED = "Cancelled"


class OrderAction(str, Enum):
	ACTIVATE = "activate"
	PAUSE = "pause"
	RESUME = "resume"
	END = "end"
	CANCEL = "cancel"
	CHANGE = "change"


ORDER_TRANSITIONS: dict[tuple[OrderStatus, OrderAction], OrderStatus] = {
	(OrderStatus.DRAFT, OrderAction.ACTIVATE): OrderStatus.ACTIVE,
	(OrderStatus.DRAFT, OrderAction.CANCEL): OrderStatus.CANCELLED,
	(OrderStatus.ACTIVE, OrderAction.PAUSE): OrderStatus.PAUSED,
	(OrderStatus.ACTIVE, OrderAction.CHANGE): OrderStatus.ACTIVE,
	(OrderStatus.ACTIVE, OrderAction.END): OrderStatus.ENDED,
	(OrderStatus.ACTIVE, OrderAction.CANCEL): OrderStatus.CANCELLED,
	(OrderStatus.PAUSED, OrderAction.RESUME): OrderStatus.ACTIVE,
	(OrderStatus.PAUSED, OrderAction.CHANGE): OrderStatus.PAUSED,
	(OrderStatus.PAUSED, OrderAction.END): OrderStatus.ENDED,
	(OrderStatus.PAUSED, OrderAction.CANCEL): OrderStatus.CANCELLED,
}


class InvoiceStatus(str, Enum):
	DRAFT = "draft"
	OPEN = "open"
	PAST_DUE = "past_due"
	PAID = "paid"
	VOID = "void"
	UNCOLLECTIBLE = "uncollectible"


INVOICE_TRANSITIONS: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
	InvoiceStatus.DRAFT: frozenset({InvoiceStatus.OPEN}),
	InvoiceStatus.OPEN: frozenset(
		{InvoiceStatus.PAID, InvoiceStatus.PAST_DUE, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE}
	),
	InvoiceStatus.PAST_DUE: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE}),
	InvoiceStatus.UNCOLLECTIBLE: frozenset({InvoiceStatus.PAID}),
	InvoiceStatus.PAID: frozenset(),
	InvoiceStatus.VOID: frozenset(),
}


class InvoiceAction(str, Enum):
	OPEN = "open"
	EDIT = "edit"
	MARK_AS_PAID = "mark as paid"
	RECORD_PAYMENT = "record a payment"
	VOID = "void"
	MARK_UNCOLLECTIBLE = "mark uncollectible"
	REBILL = "re-bill"
	CREDIT = "credit"
	REFUND = "refund"


PAYABLE = frozenset({InvoiceStatus.OPEN, InvoiceStatus.PAST_DUE})

#: The states in which an invoice knows the action.
INVOICE_ACTIONS: dict[InvoiceAction, frozenset[InvoiceStatus]] = {
	InvoiceAction.OPEN: frozenset({InvoiceStatus.DRAFT}),
	InvoiceAction.EDIT: PAYABLE | {InvoiceStatus.DRAFT},
	InvoiceAction.MARK_AS_PAID: PAYABLE | {InvoiceStatus.UNCOLLECTIBLE},
	InvoiceAction.RECORD_PAYMENT: PAYABLE | {InvoiceStatus.UNCOLLECTIBLE},
	InvoiceAction.VOID: PAYABLE,
	InvoiceAction.MARK_UNCOLLECTIBLE: PAYABLE,
	InvoiceAction.REBILL: frozenset({InvoiceStatus.VOID}),
	InvoiceAction.CREDIT: frozenset({InvoiceStatus.PAID}),
	InvoiceAction.REFUND: frozenset({InvoiceStatus.PAID}),
}


class TransitionError(ValueError):
	"""The document is in a state from which it cannot go there."""


def next_order_status(status: OrderStatus, action: OrderAction) -> OrderStatus:
	"""The status after the action. TransitionError when an order in that status does not know the action."""
	try:
		return ORDER_TRANSITIONS[status, action]
	except KeyError:
		raise TransitionError(f"An order that is {status.value} cannot {action.value}") from None


def check_invoice_transition(status: InvoiceStatus, target: InvoiceStatus) -> None:
	"""TransitionError when an invoice cannot go from the status to the target."""
	if target not in INVOICE_TRANSITIONS[status]:
		raise TransitionError(f"An invoice that is {status.value} cannot become {target.value}")


def check_invoice_action(status: InvoiceStatus, action: InvoiceAction) -> None:
	"""TransitionError when an invoice in that status does not know the action."""
	if status not in INVOICE_ACTIONS[action]:
		raise TransitionError(f"An invoice that is {status.value} does not know: {action.value}")


def invoice_status(total: Decimal, paid: Decimal, due_date: date, today: date) -> InvoiceStatus:
	"""The status of an issued invoice that is neither void nor written off."""
	if paid >= total:
		return InvoiceStatus.PAID
	return InvoiceStatus.PAST_DUE if today > due_date else InvoiceStatus.OPEN
