"""What a replayed scenario came to, read from the documents and in the simulator's words."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import BillingStep, invoice_date, is_due, next_step
from paygent_billing.core.invoicing.unbilled import FILTERED, VOID, why_unbilled
from paygent_billing.core.lifecycle import InvoiceStatus, invoice_status
from paygent_billing.core.money import ZERO, format_quantity
from paygent_billing.core.period import local_date, midnight
from paygent_billing.scenarios.moments import last_day, moments_of
from paygent_billing.services.billing.bill_order import NEVER_BILLED, bill_for_now
from paygent_billing.services.numbers import day, exact
from paygent_billing.services.orders.terms import position_of, terms_of
from paygent_billing.services.replay.rounding import site_rounds
from paygent_billing.services.replay.world import World
from paygent_billing.services.usage.metrics import metric_of
from paygent_billing.services.usage.store import COUNTS, NOTHING

USAGE_FIELDS = (
	"event_id",
	"customer",
	"ai_agent",
	"metric",
	"occurred_ms",
	"billing_order",
	"billing_period",
	"refused_because",
)


def report_of(world: World) -> dict[str, Any]:
	"""Invoices, wallets and, when there is any, unbilled usage, as in the simulator's JSON."""
	today = last_day(world.scenario) or date.min
	report: dict[str, Any] = {
		"invoices": [_invoice(world, number, name, today) for number, name in enumerate(world.invoices, 1)],
		"wallets": _wallets(world),
	}
	report["invoices"] += _drafts(world, today)
	unbilled, notes = _unbilled(world), _credit_notes(world)
	if unbilled:
		report["unbilled"] = unbilled
	if notes:
		report["credit_notes"] = notes
	return report


def _invoice(world: World, number: int, name: str, today: date) -> dict[str, Any]:
	invoice = frappe.get_doc("Sales Invoice", name)
	money = world.scenario.currency.format
	total, due = exact(invoice.grand_total), exact(invoice.outstanding_amount)
	is_void = invoice.docstatus == 2
	paid = ZERO if is_void else total - due
	status = InvoiceStatus.VOID if is_void else invoice_status(total, paid, day(invoice.due_date), today)
	return {
		"number": number,
		"order": world.scenario_order(invoice.billing_order),
		"customer": _scenario_customer(world, invoice.customer),
		"issue_date": str(invoice.posting_date),
		"due_date": str(invoice.due_date),
		"lines": [_line(world, row) for row in invoice.items],
		"subtotal": money(exact(invoice.total)),
		"discount": money(exact(invoice.discount_amount)),
		"tax": money(exact(invoice.total_taxes_and_charges)),
		"total": money(total),
		"paid": money(paid),
		"due": money(ZERO if is_void else due),
		"status": status.value,
	}


def _drafts(world: World, today: date) -> list[dict[str, Any]]:
	"""The invoices that grace still holds back, as they would be now: each is billed and rolled back."""
	end, drafts = _end_of_time(world), []
	for scenario_id in sorted(world.orders):
		frappe.db.rollback()
		order = frappe.get_doc("Billing Order", world.orders[scenario_id])
		terms = terms_of(order)
		step = next_step(terms, position_of(order)) if order.status not in NEVER_BILLED else None
		begins = invoice_date(terms, step) if step else None
		if begins and begins <= today and not is_due(terms, step, world.scenario.zone, end):
			drafts += _draft(world, order, step, today)
	frappe.db.rollback()
	return drafts


def _draft(world: World, order: Document, step: BillingStep, today: date) -> list[dict[str, Any]]:
	with site_rounds(world.scenario.currency.rounding):
		invoice = bill_for_now(order, step, today).invoice
	if invoice is None:
		return []
	values = _invoice(world, 0, invoice, today)
	return [{**values, "number": None, "issue_date": None, "due_date": None, "status": "draft"}]


def _end_of_time(world: World) -> datetime:
	"""The scenario's last moment, or with `until` the midnight after that day."""
	if world.scenario.until:
		return midnight(world.scenario.until + timedelta(days=1), world.scenario.zone)
	return max(moment.at for moment in moments_of(world.scenario))


def _line(world: World, row: Document) -> dict[str, Any]:
	return {
		"line": row.order_line or None,
		"charge": row.billing_charge,
		"type": row.billing_type,
		"from": str(row.service_from) if row.service_from else None,
		"to": str(row.service_to) if row.service_to else None,
		"quantity": format_quantity(exact(row.billed_quantity)),
		"amount": world.scenario.currency.format(exact(row.amount)),
	}


def _wallets(world: World) -> list[dict[str, str]]:
	rows = frappe.get_all(
		"Prepaid Wallet",
		filters={"customer": ["in", list(world.customers.values())]},
		fields=["name", "customer", "currency", "available", "pending"],
		order_by="name asc",
	)
	lots = frappe.get_all("Credit Lot", distinct=True, pluck="wallet", order_by="wallet asc")
	touched = set(lots)
	money = world.scenario.currency.format
	wallets = [
		{
			"customer": _scenario_customer(world, row.customer),
			"currency": row.currency,
			"available": money(exact(row.available)),
			"pending": money(exact(row.pending)),
		}
		for row in rows
		if row.name in touched
	]
	return sorted(wallets, key=lambda wallet: wallet["customer"])


def _unbilled(world: World) -> list[dict[str, str]]:
	events = frappe.get_all(
		"Usage Event",
		filters={"customer": ["in", list(world.customers.values())]},
		fields=["name", "corrects", "standing", "properties", *USAGE_FIELDS],
		order_by="name asc",
	)
	orders = [frappe.get_doc("Billing Order", name) for name in world.orders.values()]
	void = set(frappe.get_all("Billing Period", filters={"state": "Void"}, pluck="name"))
	events.sort(key=lambda row: row.corrects or row.name)
	found = ((row.event_id, _reason(world, row, orders, void)) for row in events)
	return [{"id": event, "reason": reason} for event, reason in found if reason]


def _reason(world: World, row: frappe._dict, orders: list[Document], void: set[str]) -> str | None:
	if row.refused_because or row.standing == NOTHING:
		return row.refused_because
	if row.billing_period in void:
		return VOID
	if row.standing == COUNTS and not _matches(row):
		return FILTERED
	return None if row.billing_period else _why_unbilled(world, row, orders)


def _matches(row: frappe._dict) -> bool:
	metric = metric_of(frappe.get_cached_doc("Usage Metric", row.metric))
	return metric.matches(frappe.parse_json(row.properties) if row.properties else {})


def _why_unbilled(world: World, row: frappe._dict, orders: list[Document]) -> str:
	happened = local_date(
		datetime.fromtimestamp(row.occurred_ms / 1000, tz=timezone.utc), world.scenario.zone
	)
	candidates = [
		(terms_of(order), position_of(order))
		for order in orders
		if order.customer == row.customer
		and order.status not in ("Draft", "Cancelled")
		and (row.billing_order == order.name if row.billing_order else not order.usage_names_order)
	]
	return why_unbilled(candidates, row.ai_agent, row.metric, happened)


def _credit_notes(world: World) -> list[dict[str, Any]]:
	orders = list(world.orders.values())
	names = frappe.get_all(
		"Sales Invoice",
		filters={
			"customer": ["in", list(world.customers.values())],
			"billing_origin": ["in", ("Credit Note", "Refund")],
			"docstatus": 1,
		},
		pluck="name",
		order_by="creation asc",
	)
	closing = frappe.get_all(
		"Billing Period",
		filters={"billing_order": ["in", orders], "kind": "Closing"},
		fields=["billing_order", "sales_invoice"],
	)
	closed_by = {row.billing_order: row.sales_invoice for row in closing}
	return [_credit_note(world, number, name, closed_by) for number, name in enumerate(names, 1)]


def _credit_note(world: World, number: int, name: str, closed_by: dict[str, str]) -> dict[str, Any]:
	note = frappe.get_doc("Sales Invoice", name)
	money = world.scenario.currency.format
	return {
		"number": number,
		"order": world.scenario_order(note.billing_order),
		"customer": _scenario_customer(world, note.customer),
		"issue_date": str(note.posting_date),
		"invoice": world.invoices.index(note.refund_of or closed_by[note.billing_order]) + 1,
		"subtotal": money(-exact(note.total)),
		"tax": money(-exact(note.total_taxes_and_charges)),
		"total": money(-exact(note.grand_total)),
		**_credits_not_taken_back(world, note),
	}


def _credits_not_taken_back(world: World, note: Document) -> dict[str, str]:
	filters = {"event": "invoice.refunded", "sales_invoice": note.refund_of}
	refunds = map(frappe.parse_json, frappe.get_all("Billing Event", filters=filters, pluck="details"))
	lost = next((exact(one.credits_not_taken_back) for one in refunds if one.credit_note == note.name), ZERO)
	return {"credits_not_taken_back": world.scenario.currency.format(lost)} if lost else {}


def _scenario_customer(world: World, name: str) -> str:
	return next(known for known, customer in world.customers.items() if customer == name)
