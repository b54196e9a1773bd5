"""What an order's next invoice would hold if it were made now. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import (
	Billing,
	BillingStep,
	InvoiceLine,
	OrderTerms,
	bill_step,
	invoice_date,
	next_step,
)
from paygent_billing.core.money import Currency, format_price, format_quantity
from paygent_billing.services.billing.facts import facts_so_far
from paygent_billing.services.billing.line_text import title_of
from paygent_billing.services.orders.terms import position_of, terms_of


@dataclass(frozen=True)
class NextInvoice:
	"""The order's next billing date and what it comes to so far; neither when nothing more is to be
	billed. `invoiced_on` is None while a person has still to make the first invoice.
	"""

	order: str
	currency: Currency
	step: BillingStep | None = None
	billing: Billing | None = None
	invoiced_on: date | None = None


def preview_next_invoice(name: str) -> NextInvoice:
	"""The next invoice of the order as its terms, usage and credits stand now. A draft shows its first
	one.
	"""
	order = frappe.get_doc("Billing Order", name)
	order.check_permission("read")
	terms, position = _terms_of(order), position_of(order)
	step = None if order.status == "Cancelled" else next_step(terms, position)
	if step is None:
		return NextInvoice(order.name, terms.currency)
	billing = bill_step(terms, position, step, facts_so_far(order, terms, step))
	return NextInvoice(order.name, terms.currency, step, billing, invoice_date(terms, step))


def preview_values(invoice: NextInvoice, *, today: date) -> dict[str, Any]:
	"""The preview in plain values: amounts as text, dates with the last day included, totals before tax."""
	values = {"order": invoice.order, "currency": invoice.currency.code, "billing_date": None, "lines": []}
	if invoice.step is None or invoice.billing is None:
		return values
	draft, money = invoice.billing.draft, invoice.currency.format
	return values | {
		"billing_date": str(invoice.step.date),
		"kind": invoice.step.kind.value,
		"invoice_date": str(invoice.invoiced_on) if invoice.invoiced_on else None,
		"is_made_by_hand": invoice.invoiced_on is None,
		"is_due": invoice.invoiced_on is not None and invoice.invoiced_on <= today,
		"is_issued": invoice.billing.is_issued,
		"lines": [_line_values(line, invoice.currency) for line in draft.lines],
		"subtotal": money(draft.subtotal),
		"discount": money(draft.discount),
		"total_before_tax": money(draft.total),
		"carried": money(draft.carried),
	}


def _terms_of(order: Document) -> OrderTerms:
	try:
		return terms_of(order)
	except ValueError as error:
		frappe.throw(_("The order cannot be billed like this: {0}").format(error))


def _line_values(line: InvoiceLine, currency: Currency) -> dict[str, Any]:
	return {
		"type": line.type.value,
		"title": title_of(line),
		"agent": line.agent,
		"charge": line.charge,
		"service_from": str(line.period.start) if line.period else None,
		"service_to": str(line.period.last_day) if line.period else None,
		"quantity": format_quantity(line.quantity),
		"included": format_quantity(line.included) if line.included else None,
		"unit_price": format_price(line.unit_price) if line.unit_price is not None else None,
		"amount": currency.format(line.amount),
		"explain": line.explain,
	}
