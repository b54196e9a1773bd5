"""How an invoice stands, and what of it can be edited: read by people and by programs."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document

from paygent_billing.core.money import Currency, format_price, format_quantity
from paygent_billing.services.invoices.access import actions_on
from paygent_billing.services.invoices.edit import TEXTS
from paygent_billing.services.invoices.edit_lines import FIXED, numbers_of, text_of
from paygent_billing.services.invoices.wording import plain_lines
from paygent_billing.services.numbers import currency_of, exact


def standing_of(invoice: str) -> dict[str, Any]:
	"""The invoice's state, what is due of it in the currency of the customer's account, the actions that the
	user may take, and its receipt.
	"""
	document = frappe.get_doc("Sales Invoice", invoice)
	document.check_permission("read")
	currency = document.party_account_currency or document.currency
	due = exact(document.outstanding_amount) if document.docstatus == 1 else exact(document.grand_total)
	return {
		"name": document.name,
		"status": document.billing_status,
		"currency": currency,
		"due": currency_of(currency).format(exact(0) if document.docstatus == 2 else due),
		"is_issued": document.docstatus == 1,
		"actions": [action.name.lower() for action in actions_on(document)],
		"replaced_by": document.replaced_by,
		"receipts": frappe.get_all(
			"Billing Receipt", filters={"sales_invoice": invoice}, pluck="name", order_by="creation asc"
		),
	}


def editable_values(invoice: str) -> dict[str, Any]:
	"""All that `Edit` can change, as it is now."""
	document = frappe.get_doc("Sales Invoice", invoice)
	document.check_permission("read")
	values = {key: document.get(field) or "" for key, field in TEXTS.items()}
	values["terms"] = "\n".join(plain_lines(document.terms))
	return values | {
		"number": document.name,
		"date": str(document.posting_date),
		"due_date": str(document.due_date),
		"currency": document.currency,
		"lines": [_line(row, currency_of(document.currency)) for row in document.items],
		"taxes": [_tax(tax) for tax in document.taxes],
	}


def _line(row: Document, currency: Currency) -> dict[str, Any]:
	quantity, rate = numbers_of(row)
	return {
		"row": row.name,
		"description": text_of(row),
		"quantity": format_quantity(quantity),
		"rate": format_price(rate) if rate else "",
		"amount": currency.format(exact(row.amount)),
		"net": currency.format(exact(row.net_amount)),
		"first_day": str(row.service_from or ""),
		"last_day": str(row.service_to or ""),
		"hsn": row.get("gst_hsn_code") or "",
		"is_fixed": row.billing_type in FIXED,
	}


def _tax(tax: Document) -> dict[str, Any]:
	is_percent = tax.charge_type == "On Net Total"
	return {
		"account": tax.account_head,
		"description": " ".join(plain_lines(tax.description)),
		"rate": format_quantity(exact(tax.rate)) if is_percent else "",
		"amount": "" if is_percent else format_price(exact(tax.tax_amount)),
	}
