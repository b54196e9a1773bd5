"""The core's invoice as a submitted ERPNext Sales Invoice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import frappe
from erpnext.setup.utils import get_exchange_rate
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import InvoiceDraft, InvoiceLine, LineType
from paygent_billing.core.invoicing.invoice import carry_forward
from paygent_billing.services.billing.billing_invoice import new_invoice
from paygent_billing.services.billing.dimensions import default_dimensions
from paygent_billing.services.billing.line_text import describe
from paygent_billing.services.billing.precision import use_currency_decimals
from paygent_billing.services.billing.taxes import tax_rows
from paygent_billing.services.negative_lines import are_negative_lines_allowed
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.orders.items import adjustment_item, credits_item
from paygent_billing.services.wallets.accounts import accounts_of


def conversion_rate(order: Document, on: date) -> float:
	"""What one unit of the order's currency is in the company's. Asked for before the transaction begins."""
	own = frappe.get_cached_value("Company", order.company, "default_currency")
	if own == order.currency:
		return 1.0
	rate = get_exchange_rate(order.currency, own, str(on))
	if not rate:
		frappe.throw(
			_("There is no exchange rate from {0} to {1}. Add a Currency Exchange record.").format(
				order.currency, own
			)
		)
	return rate


def issue(
	order: Document, draft: InvoiceDraft, *, issued_on: date, conversion_rate: float, origin: str = "Order"
) -> str:
	"""Submits the Sales Invoice of the draft and returns its name."""
	invoice = invoice_with_lines(order, draft, issued_on, conversion_rate, origin)
	return _submit(order, invoice).name


def invoice_with_lines(
	order: Document, draft: InvoiceDraft, issued_on: date, conversion_rate: float, origin: str = "Order"
) -> Document:
	"""The Sales Invoice of the draft, not saved yet."""
	if any(line.amount < 0 for line in draft.lines) and not are_negative_lines_allowed():
		frappe.throw(
			_(
				"The invoice has credits or corrections, which are negative lines. Tick 'Credits and"
				" Corrections as negative Lines' in Paygent Settings."
			)
		)
	invoice = _header(order, issued_on, conversion_rate, origin)
	invoice.set("items", [_item_row(line, order) | _deferral(line, issued_on) for line in draft.lines])
	# The customer's own payment terms would make other dates than the order's.
	invoice.append("payment_schedule", {"due_date": invoice.due_date, "invoice_portion": 100})
	if draft.discount:
		invoice.update({"apply_discount_on": "Net Total", "discount_amount": float(draft.discount)})
	return invoice


def issue_credit_note(order: Document, amount: Decimal, *, issued_on: date, conversion_rate: float) -> str:
	"""Submits a credit note of its own for what a closed order still owes the customer, before tax."""
	invoice = _header(order, issued_on, conversion_rate, "Credit Note")
	line = InvoiceLine(
		LineType.CARRY_FORWARD, "carry_forward", amount, _("Balance of {0}").format(order.name)
	)
	row = {**_item_row(line, order), "qty": -1, "amount": float(-amount)}
	invoice.update({"is_return": 1, "update_outstanding_for_self": 1, "items": []})
	invoice.append("items", row)
	return _submit(order, invoice).name


def carried_line(draft: InvoiceDraft) -> InvoiceLine:
	"""What the order's next invoice gives back because this one could not go below zero."""
	return carry_forward(-draft.carried)


def _header(order: Document, issued_on: date, rate: float, origin: str) -> Document:
	invoice = new_invoice()
	invoice.update(
		{
			"customer": order.customer,
			"company": order.company,
			"contact_person": order.contact_person,
			"currency": order.currency,
			"conversion_rate": rate,
			"set_posting_time": 1,
			"posting_date": issued_on,
			"due_date": issued_on + timedelta(days=order.payment_due_days),
			"ignore_default_payment_terms_template": 1,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"billing_order": order.name,
			"billing_origin": origin,
			"invoice_template": order.invoice_template,
			"contract_id": order.contract_id,
		}
	)
	invoice.update(default_dimensions(order.company))
	template, rows = tax_rows(order, issued_on)
	invoice.taxes_and_charges = template
	invoice.set("taxes", rows)
	return invoice


def _submit(order: Document, invoice: Document) -> Document:
	prepare(order, invoice)
	invoice.submit()
	return invoice


def prepare(order: Document, invoice: Document) -> None:
	"""What every invoice of an order needs before it is saved."""
	for row in invoice.items:
		row.update(default_dimensions(order.company))
	use_currency_decimals(invoice, currency_of(order.currency).decimals)
	invoice.flags.ignore_permissions = True  # whoever may bill the order may issue its invoice
	invoice.flags.from_billing = True


def _item_row(line: InvoiceLine, order: Document) -> dict[str, object]:
	"""One unit at the line's exact amount; what was really counted stands in fields of its own."""
	return {
		**_of_credits(line, order),
		"item_code": _item_of(line),
		"item_name": line.agent or _(line.type.value.replace("_", " ").capitalize()),
		"description": describe(line),
		"qty": 1,
		"rate": float(line.amount),
		"price_list_rate": float(line.amount),
		"gst_hsn_code": line.agent and frappe.get_cached_value("AI Agent", line.agent, "gst_hsn_code"),
		"ai_agent": line.agent,
		"order_line": line.line,
		"billing_charge": line.charge,
		"billing_type": line.type.value,
		"service_from": line.period.start if line.period else None,
		"service_to": line.period.last_day if line.period else None,
		"service_start_date": line.period.start if line.period else None,
		"service_end_date": line.period.last_day if line.period else None,
		"billed_quantity": float(line.quantity),
		"included_quantity": float(line.included),
		"unit_price": float(line.unit_price or 0),
		"computed_as": line.explain,
	}


def _deferral(line: InvoiceLine, issued_on: date) -> dict[str, object]:
	"""Defers the line's revenue over its days when its item asks for that. Days that are over are earned."""
	is_deferred = line.period is not None and line.period.last_day >= issued_on
	if not is_deferred or not frappe.get_cached_value("Item", _item_of(line), "enable_deferred_revenue"):
		return {}
	return {"enable_deferred_revenue": 1}


def _of_credits(line: InvoiceLine, order: Document) -> dict[str, object]:
	"""Credits that are bought are owed until they are drawn; granted ones are paid for by promotion."""
	if line.type is LineType.TOP_UP:
		return {"income_account": accounts_of(order.company, order.currency).liability}
	if line.type is LineType.CREDIT:
		return {"income_account": accounts_of(order.company, order.currency).paying_for(line.source)}
	return {}


def _item_of(line: InvoiceLine) -> str:
	if line.type in (LineType.CREDIT, LineType.TOP_UP):
		return credits_item()
	if line.agent is None:
		return adjustment_item()
	return frappe.get_cached_value("AI Agent", line.agent, "item")
