"""Runs a scenario's events on real documents, each at its own moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe import _

from paygent_billing.scenarios import Scenario, events
from paygent_billing.scenarios.moments import moments_of
from paygent_billing.services.billing.bill_order import approve_backlog, bill_order
from paygent_billing.services.billing.first_invoice import make_first_invoice
from paygent_billing.services.billing.outcome import State
from paygent_billing.services.billing.run import due_orders
from paygent_billing.services.billing.threshold import bill_if_reached
from paygent_billing.services.clock import today_in
from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.invoices.refund import RefundRequest, refund_invoice
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.orders import actions, changes
from paygent_billing.services.replay.report import report_of
from paygent_billing.services.replay.rounding import site_rounds
from paygent_billing.services.replay.world import World, make_world, rollover_values
from paygent_billing.services.usage.correct import amend, void
from paygent_billing.services.usage.marks import marked_orders
from paygent_billing.services.usage.overage import CreditsUsedUp
from paygent_billing.services.usage.record import keep_refused
from paygent_billing.services.wallets.expire import expire_without_orders
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.top_up import top_up


@dataclass(frozen=True)
class Replay:
	"""A scenario that was replayed: the documents that stand for it, and the report of what came of it."""

	world: World
	report: dict[str, Any]


def replay_scenario(scenario: Scenario) -> Replay:
	"""Replays the scenario on this site and reports it as the simulator does. Commits as it goes."""
	world = make_world(scenario)
	for moment in moments_of(scenario):
		with site_rounds(scenario.currency.rounding):
			if isinstance(moment.event, events.Bill):
				_bill(world, moment.at)
			else:
				_HANDLERS[type(moment.event)](world, moment.event)
			frappe.db.commit()
	return Replay(world, report_of(world))


def _activate(world: World, event: events.Activate) -> None:
	actions.activate(world.orders[event.order], at=event.at)


def _deactivate(world: World, event: events.Deactivate) -> None:
	actions.pause(world.orders[event.order], at=event.at)


def _end(world: World, event: events.End) -> None:
	actions.end(world.orders[event.order], at=event.at)


def _first_invoice(world: World, event: events.FirstInvoice) -> None:
	today = today_in(world.scenario.zone, event.at)
	invoice = make_first_invoice(world.orders[event.order], on=today, moment=event.at)
	world.invoices += [invoice] if invoice else []


def _change_line(world: World, event: events.ChangeLine) -> None:
	name = world.orders[event.order]
	plan = world.named(event.plan) if event.plan else None
	changes.change_line(name, event.line, at=event.at, plan=plan, seats=event.seats)
	_note_invoice_of_change(world, name)


def _add_line(world: World, event: events.AddLine) -> None:
	name = world.orders[event.order]
	new = changes.NewLine(
		agent=world.named(event.agent),
		plan=world.named(event.plan) if event.plan else None,
		seats=event.seats,
		line=event.line,
		overage=event.overage.value.capitalize(),
		expiry_days=event.expiry_days or 0,
		**rollover_values(event.rollover),
	)
	changes.add_line(name, new, at=event.at)
	_note_invoice_of_change(world, name)


def _remove_line(world: World, event: events.RemoveLine) -> None:
	name = world.orders[event.order]
	changes.remove_line(name, event.line, at=event.at)
	_note_invoice_of_change(world, name)


def _one_off(world: World, event: events.OneOff) -> None:
	changes.add_one_off(world.orders[event.order], event.description, event.amount, at=event.at)


def _note_invoice_of_change(world: World, order: str) -> None:
	filters = {"billing_order": order, "billing_origin": "Change", "name": ["not in", world.invoices or [""]]}
	world.invoices += frappe.get_all("Sales Invoice", filters=filters, pluck="name", order_by="creation asc")


def _pay(world: World, event: events.Pay) -> None:
	today = today_in(world.scenario.zone, event.at)
	for invoice in [_invoice(world, event.invoice)] if event.invoice else _open_invoices(world, event.order):
		mark_as_paid(invoice, on=today)


def _record_payment(world: World, event: events.RecordPayment) -> None:
	invoice = _invoice(world, event.invoice)
	record_payment(invoice, event.amount, on=today_in(world.scenario.zone, event.at))


def _void(world: World, event: events.Void) -> None:
	void_invoice(_invoice(world, event.invoice))


def _grant(world: World, event: events.Grant) -> None:
	reason, today = event.reason or _("Scenario"), today_in(world.scenario.zone, event.at)
	grant_credits(_credits(world, event), reason=reason, on=today)


def _top_up(world: World, event: events.TopUp) -> None:
	invoice = top_up(
		_credits(world, event),
		world.company,
		on=today_in(world.scenario.zone, event.at),
		taxes_and_charges=world.taxes[event.customer],
	)
	world.invoices.append(invoice)


def _credits(world: World, event: events.Grant | events.TopUp) -> NewCredits:
	customer = world.customers[event.customer]
	return NewCredits(customer, world.scenario.currency.code, event.amount, event.expires)


def _refund(world: World, event: events.Refund) -> None:
	request = RefundRequest(_("Scenario"), event.amount)
	refund_invoice(_invoice(world, event.invoice), request, on=today_in(world.scenario.zone, event.at))


def _usage(world: World, event: events.Usage) -> None:
	row = frappe.new_doc("Usage Event")
	row.update(
		{
			"event_id": event.id,
			"customer": world.customers[event.customer],
			"ai_agent": world.named(event.agent),
			"metric": world.named(event.metric),
			"quantity": float(event.quantity),
			"billing_order": world.orders[event.order] if event.order else None,
			"occurred_at": event.happened_at.isoformat(),
			"properties": frappe.as_json(event.properties) if event.properties else None,
		}
	)
	try:
		row.insert()
	except frappe.DuplicateEntryError:
		frappe.clear_last_message()
	except CreditsUsedUp:
		frappe.clear_last_message()
		keep_refused(row, "credits used up")
		return
	_bill_thresholds(world, event.at)


def _amend_usage(world: World, event: events.AmendUsage) -> None:
	item = {"customer": world.customers[event.customer], "id": event.id}
	if event.quantity is not None:
		item["quantity"] = str(event.quantity)
	if event.properties is not None:
		item["properties"] = event.properties
	amend(item)
	_bill_thresholds(world, event.at)


def _void_usage(world: World, event: events.VoidUsage) -> None:
	void({"customer": world.customers[event.customer], "id": event.id})
	_bill_thresholds(world, event.at)


def _bill_thresholds(world: World, moment: datetime) -> None:
	"""What the scheduler does when usage was recorded: it looks at the orders with a threshold."""
	frappe.db.commit()
	for order in [name for name in marked_orders() if name in world.orders.values()]:
		invoice = bill_if_reached(order, moment=moment)
		world.invoices += [invoice] if invoice else []


def _bill(world: World, moment: datetime) -> None:
	"""The scheduler's tick: what is due by then, by the scenario's order of orders."""
	due = set(due_orders(moment))
	for scenario_id in sorted(world.orders):
		if world.orders[scenario_id] in due:
			_bill_one(world, world.orders[scenario_id], moment)
	expire_without_orders(today_in(world.scenario.zone, moment))


def _bill_one(world: World, order: str, moment: datetime) -> None:
	outcome = bill_order(order, moment=moment)
	if outcome.state is State.WAITING:
		approve_backlog(order, moment=moment)
		frappe.db.commit()
		outcome = bill_order(order, moment=moment)
	if outcome.state is not State.BILLED:
		frappe.throw(_("{0} could not be billed: {1}").format(order, outcome.reason))
	world.invoices += outcome.invoices


def _invoice(world: World, number: int) -> str:
	if not 1 <= number <= len(world.invoices):
		frappe.throw(_("There is no invoice {0} yet.").format(number))
	return world.invoices[number - 1]


def _open_invoices(world: World, order: str) -> list[str]:
	filters = {"billing_order": world.orders[order], "docstatus": 1, "outstanding_amount": [">", 0]}
	return frappe.get_all("Sales Invoice", filters=filters, pluck="name", order_by="creation asc")


_HANDLERS: dict[type[events.Event], Callable[[World, Any], None]] = {
	events.Activate: _activate,
	events.Deactivate: _deactivate,
	events.End: _end,
	events.FirstInvoice: _first_invoice,
	events.ChangeLine: _change_line,
	events.AddLine: _add_line,
	events.RemoveLine: _remove_line,
	events.OneOff: _one_off,
	events.Pay: _pay,
	events.RecordPayment: _record_payment,
	events.Void: _void,
	events.Grant: _grant,
	events.TopUp: _top_up,
	events.Refund: _refund,
	events.Usage: _usage,
	events.AmendUsage: _amend_usage,
	events.VoidUsage: _void_usage,
}
