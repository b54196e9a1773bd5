"""What happens when an order is activated, paused, resumed, ended or cancelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import OrderPosition, correct_after_stop, next_step
from paygent_billing.core.lifecycle import OrderAction, OrderStatus, TransitionError, next_order_status
from paygent_billing.services.billing.grace_draft import remove_draft
from paygent_billing.services.events import record_event
from paygent_billing.services.numbers import day
from paygent_billing.services.orders.overlap import refuse_second_order_for_agent
from paygent_billing.services.orders.pending import add_pending, drop_pending
from paygent_billing.services.orders.terms import end_of, position_of, set_position, terms_of
from paygent_billing.services.service_orders.due import next_service_ms


def enter_status(order: Document, old: str, today: date) -> None:
	"""Does what the change of the document's status from `old` asks for. Refuses what the lifecycle does
	not know.
	"""
	action = _action_between(OrderStatus(old), OrderStatus(order.status))
	_ENTER[action](order, today)
	order.next_service_ms = next_service_ms(order)
	order.revision += 1
	if not _has_date_in_grace(order, today):
		remove_draft(order.name)
	record_event(f"order.{_EVENT_NAMES[action]}", order, happened_on=today)


def _has_date_in_grace(order: Document, today: date) -> bool:
	"""Whether a billing date has come that still waits, so that its draft stays."""
	step = None if order.status == "Cancelled" else next_step(terms_of(order), position_of(order))
	return step is not None and step.date <= today


def _action_between(old: OrderStatus, new: OrderStatus) -> OrderAction:
	for action in _ENTER:
		try:
			if next_order_status(old, action) is new:
				return action
		except TransitionError:
			continue
	frappe.throw(_("An order that is {0} cannot become {1}.").format(_(old.value), _(new.value)))


def _activate(order: Document, today: date) -> None:
	if not order.lines:
		frappe.throw(_("Add at least one agent before you activate the order."))
	if end_of(order) and end_of(order) <= day(order.start_date):
		frappe.throw(_("The last day of service must not lie before the start date."))
	refuse_second_order_for_agent(order)
	set_position(order, OrderPosition())


def _pause(order: Document, today: date) -> None:
	_refuse_before_billed(order, today)
	order.append("pauses", {"paused_on": today})
	before = position_of(order)
	order.position_before_pause = json.dumps(before.to_json())
	terms = terms_of(order)
	correction = correct_after_stop(terms, before, since=today, is_credited=terms.credits_paused_days)
	add_pending(order, correction.lines, cause=_pause_cause(order))
	set_position(order, correction.position)


def _resume(order: Document, today: date) -> None:
	pause = order.pauses[-1]
	if today < day(pause.paused_on):
		frappe.throw(
			_("The order was paused on {0}. It cannot be resumed before that.").format(pause.paused_on)
		)
	pause.resumed_on = today
	position = position_of(order)
	if day(pause.paused_on) == today:
		position = OrderPosition.from_json(json.loads(order.position_before_pause))
		drop_pending(order, cause=_pause_cause(order))
	order.position_before_pause = None
	set_position(order, position)


def _end(order: Document, today: date) -> None:
	agreed = day(order.end_date) if order.ends != "No end" else None
	order.end_date = order.flags.last_day or min(today, agreed or today)
	order.ends = "On date"
	end = end_of(order)
	_refuse_before_billed(order, end)
	terms = terms_of(order)
	correction = correct_after_stop(terms, position_of(order), since=end, is_credited=terms.credits_on_end)
	add_pending(order, correction.lines, cause=f"end {end}")
	set_position(order, correction.position)


def _cancel(order: Document, today: date) -> None:
	order.update({"next_billing_date": None, "next_billing_ms": 0})
	order.update({"last_error": None, "failed_attempts": 0, "needs_approval": 0})


def _refuse_before_billed(order: Document, today: date) -> None:
	if order.billed_on and today < day(order.billed_on):
		frappe.throw(
			_("{0} is billed from {1} on already. Choose a date from then on.").format(
				order.name, order.billed_on
			)
		)


def _pause_cause(order: Document) -> str:
	return f"pause {order.pauses[-1].paused_on}"


_ENTER: dict[OrderAction, Callable[[Document, date], None]] = {
	OrderAction.ACTIVATE: _activate,
	OrderAction.PAUSE: _pause,
	OrderAction.RESUME: _resume,
	OrderAction.END: _end,
	OrderAction.CANCEL: _cancel,
}

_EVENT_NAMES = {
	OrderAction.ACTIVATE: "activated",
	OrderAction.PAUSE: "paused",
	OrderAction.RESUME: "resumed",
	OrderAction.END: "ended",
	OrderAction.CANCEL: "cancelled",
}
