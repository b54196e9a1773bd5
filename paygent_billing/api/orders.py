"""Actions on a Billing Order.

Amounts are strings. An action happens today unless `on` (YYYY-MM-DD) is given.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.api.arguments import amount_of, date_of
from paygent_billing.core.period import midnight
from paygent_billing.services import clock
from paygent_billing.services.billing import bill_order, first_invoice
from paygent_billing.services.billing.bill_now import bill_now as bill_order_now
from paygent_billing.services.orders import actions, changes
from paygent_billing.services.orders.new_order import values_of_new_order
from paygent_billing.services.orders.preview import preview_next_invoice, preview_values
from paygent_billing.services.service_orders.standing import service_orders_of


@frappe.whitelist(methods=["POST"])
def activate(order: str) -> dict[str, Any]:
	"""The draft becomes active and is billed from its start."""
	return _state_of(actions.activate(order, at=clock.now()))


@frappe.whitelist(methods=["POST"])
def pause(order: str, on: str | None = None) -> dict[str, Any]:
	"""Stops service and billing from that day on. A day to come is refused."""
	return _state_of(actions.pause(order, at=_moment_until_today(order, on)))


@frappe.whitelist(methods=["POST"])
def resume(order: str, on: str | None = None) -> dict[str, Any]:
	"""Takes service and billing up again on that day. A day to come is refused."""
	return _state_of(actions.resume(order, at=_moment_until_today(order, on)))


@frappe.whitelist(methods=["POST"])
def end(order: str, last_day: str | None = None) -> dict[str, Any]:
	"""Ends the order with its last day of service: today, or the one that is named."""
	last = date_of(last_day) if last_day else None
	return _state_of(actions.end(order, at=clock.now(), last_day=last))


@frappe.whitelist(methods=["POST"])
def cancel(order: str) -> dict[str, Any]:
	"""Calls the order off: nothing more of it is billed."""
	return _state_of(actions.cancel(order, at=clock.now()))


@frappe.whitelist(methods=["POST"])
def change_line(
	order: str, line: str, plan: str | None = None, seats: int | None = None, on: str | None = None
) -> dict[str, Any]:
	"""From that day on the line has this plan or these seats; what is not named stays."""
	moment = _moment(order, on)
	return _state_of(changes.change_line(order, line, at=moment, plan=plan or None, seats=seats))


@frappe.whitelist(methods=["POST"])
def add_line(  # noqa: PLR0913 - the fields of a line
	order: str,
	agent: str,
	plan: str | None = None,
	seats: int = 0,
	line: str | None = None,
	rollover: str = "None",
	rollover_cap: str = "0",
	overage: str = "Bill",
	on: str | None = None,
) -> dict[str, Any]:
	"""Adds an agent to the order from that day on; without a plan it has the agent's own prices."""
	new = changes.NewLine(
		agent=agent,
		plan=plan or None,
		seats=seats,
		line=line or None,
		rollover=rollover,
		rollover_cap=amount_of(rollover_cap),
		overage=overage,
	)
	return _state_of(changes.add_line(order, new, at=_moment(order, on)))


@frappe.whitelist(methods=["POST"])
def remove_line(order: str, line: str, on: str | None = None) -> dict[str, Any]:
	"""Takes an agent off the order: that day is the first one without it."""
	return _state_of(changes.remove_line(order, line, at=_moment(order, on)))


@frappe.whitelist(methods=["POST"])
def add_one_off(order: str, description: str, amount: str) -> dict[str, Any]:
	"""Puts an amount on the order's next invoice; a negative one is taken off it."""
	return _state_of(changes.add_one_off(order, description, amount_of(amount), at=clock.now()))


@frappe.whitelist(methods=["POST"])
def approve_backlog(order: str) -> dict[str, Any]:
	"""Lets the order's long backlog be billed with the next run."""
	return _state_of(bill_order.approve_backlog(order, moment=clock.now()))


@frappe.whitelist(methods=["POST"])
def bill_now(order: str) -> dict[str, Any]:
	"""Bills what is due of the order, and says how that went: its state, the invoices, and why it failed."""
	outcome = bill_order_now(order, moment=clock.now())
	frappe.clear_messages()  # what went wrong is in the answer and on the order
	return {"state": outcome.state.value, "invoices": list(outcome.invoices), "reason": outcome.reason}


@frappe.whitelist(methods=["POST"])
def make_first_invoice(order: str, on: str | None = None, memo: str | None = None) -> dict[str, Any]:
	"""Issues the first invoice of an order that wants it made by hand, and says which it is. The order is
	billed by itself from then on. `invoice` is null when nothing was to be billed.
	"""
	moment = clock.now()
	issued_on = date_of(on) if on else clock.today_in(_zone(order), moment)
	invoice = first_invoice.make_first_invoice(order, on=issued_on, moment=moment, memo=memo or None)
	return {**_state_of(frappe.get_doc("Billing Order", order)), "invoice": invoice}


@frappe.whitelist(methods=["POST"])
def service_orders(order: str) -> dict[str, Any]:
	"""The service periods that have begun and have no Sales Order, and why they wait. Writes nothing."""
	return service_orders_of(order, moment=clock.now())


@frappe.whitelist(methods=["POST"])
def preview(order: str) -> dict[str, Any]:
	"""What the order's next invoice would hold, with the usage so far, before tax. Writes nothing."""
	return preview_values(preview_next_invoice(order), today=clock.now().date())


@frappe.whitelist(methods=["POST"])
def new_order_values(company: str | None = None, customer: str | None = None) -> dict[str, Any]:
	"""What a new order of the customer begins with: currency, contact and payment due days."""
	frappe.has_permission("Billing Order", "create", throw=True)
	return values_of_new_order(company or None, customer or None)


def _state_of(order: Document) -> dict[str, Any]:
	fields = ("name", "status", "next_billing_date", "billed_on", "end_date", "needs_approval")
	return {field: order.get(field) for field in (*fields, "invoice_anchor")}


def _moment(order: str, on: str | None) -> datetime:
	"""Now, or the beginning of the day in the order's time zone."""
	if not on:
		return clock.now()
	return midnight(date_of(on), _zone(order))


def _zone(order: str) -> ZoneInfo:
	return clock.zone_of(frappe.db.get_value("Billing Order", order, "time_zone"))


def _moment_until_today(order: str, on: str | None) -> datetime:
	moment = _moment(order, on)
	if moment > clock.now():
		frappe.throw(_("{0} has not come yet. Do this on the day itself.").format(on))
	return moment
