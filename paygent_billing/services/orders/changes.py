"""Changes of an active order's lines: plan, seats, an agent added or removed, a one-off charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import InvoiceLine, LineType, OrderLine, correct_after_change
from paygent_billing.core.lifecycle import OrderAction, OrderStatus, TransitionError, next_order_status
from paygent_billing.services.billing.change_invoice import bill_corrections_now
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.numbers import currency_of, day
from paygent_billing.services.orders.checks import check_terms, next_line_name
from paygent_billing.services.orders.overlap import refuse_second_order_for_agent
from paygent_billing.services.orders.pending import add_pending
from paygent_billing.services.orders.terms import position_of, set_position, terms_of


@dataclass(frozen=True)
class NewLine:
	"""What is asked for: an agent with its plan (None: the agent's default prices), seats and wallet
	settings.
	"""

	agent: str
	plan: str | None = None
	seats: int = 0
	line: str | None = None
	rollover: str = "None"
	rollover_cap: Decimal = Decimal(0)
	expiry_days: int = 0
	overage: str = "Bill"


def change_line(
	name: str, line: str, *, at: datetime, plan: str | None = None, seats: int | None = None
) -> Document:
	"""From the day of `at` on the line has this plan or these seats; what is not named stays.

	Days that are paid already are corrected on the next invoice, or at once when the order says so.
	"""
	if plan is None and seats is None:
		frappe.throw(_("Name the new plan or the new number of seats."))
	order, since = _open(name, at)
	old = _current_row(order, line)
	values = {"plan": plan or old.plan, "seats": old.seats if seats is None else seats}
	if plan:
		values["pricing"] = frappe.get_cached_value("Agent Plan", plan, "kind")
	_replace_row(order, old, since, values)
	return _settle(order, line, since, at, f"change {line} {since}")


def add_line(name: str, new: NewLine, *, at: datetime) -> Document:
	"""Adds an agent to the order from the day of `at` on."""
	order, since = _open(name, at)
	line = new.line or next_line_name(order)
	if any(row.line == line for row in order.lines):
		frappe.throw(_("There is a line {0} on {1} already.").format(line, order.name))
	order.append(
		"lines",
		{
			"line": line,
			"agent": new.agent,
			"plan": new.plan,
			"pricing": frappe.get_cached_value("Agent Plan", new.plan, "kind") if new.plan else "No plan",
			"seats": new.seats,
			"valid_from": since,
			"rollover": new.rollover,
			"rollover_cap": float(new.rollover_cap),
			"expiry_days": new.expiry_days,
			"overage": new.overage,
		},
	)
	refuse_second_order_for_agent(order)
	return _settle(order, line, since, at, f"add {line}")


def remove_line(name: str, line: str, *, at: datetime) -> Document:
	"""Takes an agent off the order: the day of `at` is the first one without it."""
	order, since = _open(name, at)
	_current_row(order, line).valid_until = since
	return _settle(order, line, since, at, f"remove {line}")


def add_one_off(name: str, description: str, amount: Decimal, *, at: datetime) -> Document:
	"""Puts an amount of its own on the order's next invoice; a negative one is taken off it."""
	order, since = _open(name, at)
	if not amount:
		frappe.throw(_("A one-off charge cannot be 0."))
	if currency_of(order.currency).round(amount) != amount:
		frappe.throw(_("{0} has more decimals than {1} knows.").format(amount, order.currency))
	words = description.strip() or _("One-off charge")
	line = InvoiceLine(LineType.ONE_OFF, "one_off", amount, words, description=words)
	add_pending(order, [line], cause=f"one-off {since}")
	record_event("order.one_off_added", order, happened_on=since, amount=amount, description=words)
	return order


def _open(name: str, at: datetime) -> tuple[Document, date]:
	"""The order, locked until the end of the transaction, and the date of the change in its time zone."""
	order = frappe.get_doc("Billing Order", name, for_update=True)
	order.check_permission("write")
	try:
		next_order_status(OrderStatus(order.status), OrderAction.CHANGE)
	except TransitionError as error:
		frappe.throw(_("{0} cannot be changed this way: {1}.").format(order.name, error))
	since = today_in(zone_of(order.time_zone), at)
	if order.billed_on and since < day(order.billed_on):
		frappe.throw(
			_("{0} is billed from {1} on already. Choose a date from then on.").format(
				order.name, order.billed_on
			)
		)
	return order, max(since, day(order.start_date))


def _current_row(order: Document, line: str) -> Document:
	rows = [row for row in order.lines if row.line == line and not row.valid_until]
	if not rows:
		names = ", ".join(sorted({row.line for row in order.lines if not row.valid_until}))
		frappe.throw(_("{0} has no line {1} in force. Its lines are: {2}.").format(order.name, line, names))
	return rows[-1]


def _replace_row(order: Document, old: Document, since: date, values: dict[str, object]) -> None:
	if since < day(old.valid_from):
		frappe.throw(
			_("Line {0} was changed on {1} already. Choose a date from then on.").format(
				old.line, old.valid_from
			)
		)
	if since == day(old.valid_from):
		old.update(values)
		return
	kept = ("line", "agent", "pricing", "plan", "seats", "rollover", "rollover_cap", "expiry_days", "overage")
	old.valid_until = since
	order.append("lines", {**{field: old.get(field) for field in kept}, **values, "valid_from": since})


def _settle(order: Document, line: str, since: date, at: datetime, cause: str) -> Document:
	"""Corrects what is paid, saves the order, and bills the corrections now when the order asks for that."""
	check_terms(order)
	terms = terms_of(order)
	changed: OrderLine = next(known for known in terms.lines if known.id == line)
	correction = correct_after_change(terms, position_of(order), changed, since=since)
	add_pending(order, correction.lines, cause=cause)
	set_position(order, correction.position)
	order.revision += 1
	order.flags.from_service = True
	order.save()
	record_event("order.changed", order, happened_on=since, line=line, cause=cause)
	if correction.lines and terms.invoices_changes_now:
		bill_corrections_now(order, at=at)
	return order
