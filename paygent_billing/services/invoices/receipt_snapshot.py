"""What a receipt keeps of its invoice: plain texts, so that nothing that happens later changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.money import Currency, format_price, format_quantity
from paygent_billing.services.invoices.wording import days_in_words, plain_lines
from paygent_billing.services.numbers import currency_of, day, exact


def snapshot_of(invoice: Document, payments: Sequence[dict[str, Any]]) -> dict[str, Any]:
	"""Parties, lines, totals and payments; the shape is told in Billing Receipt."""
	currency = currency_of(invoice.currency)
	return {
		"seller": _seller(invoice),
		"customer": _customer(invoice),
		"invoice": {
			"name": invoice.name,
			"date": str(invoice.posting_date),
			"due_date": str(invoice.due_date or ""),
			"currency": invoice.currency,
			"contract_id": invoice.contract_id or "",
		},
		"lines": [_line(row, currency) for row in invoice.items],
		"totals": _totals(invoice, currency),
		"payments": [_payment(payment, currency) for payment in payments],
	}


def _seller(invoice: Document) -> dict[str, str]:
	number = invoice.get("company_gstin") or invoice.get("company_tax_id")
	return _party(invoice.company, invoice.company_address_display, number)


def _customer(invoice: Document) -> dict[str, str]:
	number = invoice.get("billing_address_gstin") or invoice.get("tax_id")
	return _party(invoice.customer_name or invoice.customer, invoice.address_display, number)


def _party(name: str, address: str | None, number: str | None) -> dict[str, str]:
	return {"name": name, "address": "\n".join(plain_lines(address)), "tax_id": number or ""}


def _line(row: Document, currency: Currency) -> dict[str, str]:
	is_billed = bool(row.billing_type)
	quantity = exact(row.billed_quantity if is_billed else row.qty)
	price = exact(row.unit_price if is_billed else row.rate)
	period = _period(row)
	words = plain_lines(row.description) or (row.item_name,)
	return {
		"description": "\n".join(words[:-1] if period and len(words) > 1 else words),
		"period": period,
		"quantity": format_quantity(quantity),
		"unit_price": format_price(price) if price else "",
		"amount": currency.format(exact(row.amount)),
	}


def _period(row: Document) -> str:
	"""The days of service; a line of the billing repeats them at the end of its description."""
	if not row.service_from or not row.service_to:
		return ""
	return days_in_words(day(row.service_from), day(row.service_to))


def _totals(invoice: Document, currency: Currency) -> dict[str, Any]:
	money = currency.format
	taxes = [
		{
			"name": " ".join(plain_lines(tax.description)),
			"rate": format_quantity(exact(tax.rate)),
			"amount": money(exact(tax.tax_amount_after_discount_amount)),
		}
		for tax in invoice.taxes
	]
	return {
		"subtotal": money(exact(invoice.total)),
		"discount": money(exact(invoice.total) - exact(invoice.net_total)),
		"taxes": taxes,
		"total": money(exact(invoice.rounded_total) or exact(invoice.grand_total)),
	}


def _payment(payment: dict[str, Any], currency: Currency) -> dict[str, str]:
	mode, reference = _words_of(payment["voucher_type"], payment["voucher_no"])
	return {
		"date": str(payment["on"]),
		"mode": mode or "",
		"reference": reference or payment["voucher_no"],
		"amount": currency.format(payment["amount"]),
	}


def _words_of(doctype: str, name: str) -> tuple[str | None, str | None]:
	"""How the voucher paid, and under which words."""
	if doctype == "Payment Entry":
		return frappe.db.get_value(doctype, name, ["mode_of_payment", "reference_no"])
	if doctype == "Journal Entry":
		kind, words = frappe.db.get_value(doctype, name, ["voucher_type", "cheque_no"])
		return _(kind), words
	return _("Credit Note"), None
