"""The Sales Order of a service period: what is served, without money, since the Billing Order bills it."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import LineVersion, OrderLine, OrderTerms
from paygent_billing.core.period import Period
from paygent_billing.services.billing.dimensions import default_dimensions


def submit_sales_order(
	order: Document, terms: OrderTerms, period: Period, *, made_on: date, conversion_rate: float
) -> str | None:
	"""Submits the period's Sales Order and returns its name; None when no agent is in service."""
	lines = _lines_in_service(terms, period.start)
	if not lines:
		return None
	sales_order = frappe.new_doc("Sales Order")
	sales_order.update(_header(order, period, made_on, conversion_rate))
	for line, version in lines:
		sales_order.append("items", _row(line, version, period) | default_dimensions(order.company))
	sales_order.flags.ignore_permissions = True  # the order was activated by somebody who may
	sales_order.flags.from_billing = True
	sales_order.submit()
	sales_order.set_status(update=True)  # ERPNext leaves a new one that is submitted at once as Draft
	return sales_order.name


def _lines_in_service(terms: OrderTerms, day: date) -> list[tuple[OrderLine, LineVersion]]:
	"""The lines that serve on that day, with what they are on it."""
	return [
		(line, version)
		for line in terms.lines
		for version in line.versions
		if version.valid_from <= day and (version.valid_until is None or day < version.valid_until)
	]


def _header(order: Document, period: Period, made_on: date, rate: float) -> dict[str, object]:
	"""ERPNext takes an order that is fully billed and needs no Delivery Note for completed: it offers no
	invoice of it, and counts nothing of it as still to be billed.
	"""
	return {
		"customer": order.customer,
		"company": order.company,
		"contact_person": order.contact_person,
		"order_type": "Sales",
		"transaction_date": made_on,
		"delivery_date": period.last_day,
		"skip_delivery_note": 1,
		"per_billed": 100,
		"billing_status": "Fully Billed",
		"currency": order.currency,
		"conversion_rate": rate,
		"ignore_pricing_rule": 1,
		"ignore_default_payment_terms_template": 1,
		"disable_rounded_total": 1,
		"billing_order": order.name,
		"service_from": period.start,
		"service_to": period.last_day,
		**default_dimensions(order.company),
	}


def _row(line: OrderLine, version: LineVersion, period: Period) -> dict[str, object]:
	words = [line.agent, version.plan, _("{0} seats").format(version.seats) if version.seats else None]
	return {
		"item_code": frappe.get_cached_value("AI Agent", line.agent, "item"),
		"item_name": line.agent,
		"description": frappe.utils.escape_html(", ".join(word for word in words if word)),
		"qty": max(version.seats, 1),
		"rate": 0,
		"price_list_rate": 0,
		"delivery_date": period.last_day,
		"ai_agent": line.agent,
		"order_line": line.id,
	}


def refuse_invoice_of_service_order(invoice: Document) -> None:
	"""What a service order serves is billed by its Billing Order, and by nothing else."""
	names = sorted({row.sales_order for row in invoice.items if row.get("sales_order")})
	if not names:
		return
	filters = {"name": ["in", names], "billing_order": ["is", "set"]}
	found = frappe.db.get_value("Sales Order", filters, ["name", "billing_order"], order_by="name asc")
	if found:
		frappe.throw(_("{0} is billed by {1}. Take its lines off this invoice.").format(*found))


def refuse_service_order_by_hand(sales_order: Document) -> None:
	"""Only the billing says of a Sales Order that it serves a Billing Order."""
	before = sales_order.get_doc_before_save()
	known = before.billing_order if before else None
	if (sales_order.billing_order or None) != (known or None) and not sales_order.flags.from_billing:
		frappe.throw(_("Billing Order is written by the billing itself and cannot be set by hand."))
