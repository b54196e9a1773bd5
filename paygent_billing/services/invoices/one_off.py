"""Invoices that somebody in accounts writes by hand, without an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.money import ZERO
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.billing_invoice import new_invoice
from paygent_billing.services.billing.dimensions import default_dimensions
from paygent_billing.services.billing.precision import use_currency_decimals
from paygent_billing.services.invoices.line import WrittenLine, row_of
from paygent_billing.services.invoices.number import default_series, draft_name
from paygent_billing.services.invoices.one_off_tax import FlatTax, tax_fields
from paygent_billing.services.numbers import currency_of, exact

ORIGIN = "One-off"


@dataclass(frozen=True)
class OneOff:
	"""What somebody wants to charge a customer. Without a tax, what ERPNext's rules say applies."""

	customer: str
	company: str
	currency: str
	lines: tuple[WrittenLine, ...]
	issued_on: date
	due_date: date | None = None
	discount: Decimal = ZERO
	tax_template: str | None = None
	flat_tax: FlatTax | None = None
	texts: dict[str, str] = field(default_factory=dict)


def make_one_off(one_off: OneOff) -> str:
	"""Keeps the invoice as a draft, without a number, and returns its name."""
	invoice = _build(one_off)
	frappe.has_permission("Sales Invoice", "create", doc=invoice, throw=True)
	invoice.flags.from_billing = True
	invoice.flags.ignore_permissions = True  # asked for just now, with the customer and company that it names
	return invoice.insert(set_name=draft_name()).name


def preview_one_off(one_off: OneOff) -> dict[str, object]:
	"""What the invoice would come to, as texts; writes nothing."""
	frappe.has_permission("Sales Invoice", "create", throw=True)
	invoice = _build(one_off)
	invoice.set_missing_values()
	invoice.calculate_taxes_and_totals()
	return totals_of(invoice)


def totals_of(invoice: Document) -> dict[str, object]:
	"""The amounts of the invoice as texts in its currency's decimals."""
	money = currency_of(invoice.currency).format
	return {
		"currency": invoice.currency,
		"lines": [money(exact(row.amount)) for row in invoice.items],
		"subtotal": money(exact(invoice.total)),
		"discount": money(exact(invoice.discount_amount)),
		"taxes": [
			{"name": tax.description, "amount": money(exact(tax.tax_amount_after_discount_amount))}
			for tax in invoice.taxes
		],
		"total": money(exact(invoice.grand_total)),
		"due_date": str(invoice.due_date),
	}


def _build(one_off: OneOff) -> Document:
	_check(one_off)
	invoice = new_invoice()
	invoice.update(_header(one_off))
	invoice.update(default_dimensions(one_off.company))
	currency = currency_of(one_off.currency)
	for line in one_off.lines:
		invoice.append("items", row_of(line, currency) | default_dimensions(one_off.company))
	invoice.append("payment_schedule", {"due_date": invoice.due_date, "invoice_portion": 100})
	if one_off.discount:
		invoice.update({"apply_discount_on": "Net Total", "discount_amount": float(one_off.discount)})
	invoice.update(tax_fields(invoice, one_off.tax_template, one_off.flat_tax))
	use_currency_decimals(invoice, currency.decimals)
	return invoice


def _header(one_off: OneOff) -> dict[str, object]:
	rate = invoice_of_draft.conversion_rate(one_off, one_off.issued_on)
	due_days = frappe.db.get_single_value("Paygent Settings", "payment_due_days") or 0
	return {
		"naming_series": default_series(),
		"customer": one_off.customer,
		"company": one_off.company,
		"currency": one_off.currency,
		"conversion_rate": rate,
		"set_posting_time": 1,
		"posting_date": one_off.issued_on,
		"due_date": one_off.due_date or one_off.issued_on + timedelta(days=due_days),
		"ignore_default_payment_terms_template": 1,
		"ignore_pricing_rule": 1,
		"disable_rounded_total": 1,
		"billing_origin": ORIGIN,
		**one_off.texts,
	}


def _check(one_off: OneOff) -> None:
	for doctype, name in (("Customer", one_off.customer), ("Company", one_off.company)):
		if not name or not frappe.db.exists(doctype, name):
			frappe.throw(_("{0} is no {1}. Choose one of the list.").format(name or "''", _(doctype)))
	if not one_off.lines:
		frappe.throw(_("An invoice needs at least one line."))
	if one_off.due_date and one_off.due_date < one_off.issued_on:
		frappe.throw(_("The due date must not lie before {0}.").format(one_off.issued_on))
	currency = currency_of(one_off.currency)
	if one_off.discount < 0 or currency.round(one_off.discount) != one_off.discount:
		frappe.throw(_("{0} is no discount in {1}.").format(one_off.discount, currency.code))
