"""The credit note of a refund: the invoice's lines, or one for a part of it, taxes to the last decimal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from paygent_billing.core.invoicing import LineType
from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.services.billing.billing_invoice import new_invoice
from paygent_billing.services.billing.precision import use_currency_decimals
from paygent_billing.services.invoices.refund_given import RefundRequest, stored_key
from paygent_billing.services.numbers import currency_of, exact
from paygent_billing.services.orders.items import adjustment_item
from paygent_billing.services.wallets.accounts import accounts_of

ORIGIN = "Refund"
COPIED = ("item_code", "item_name", "income_account", "cost_center", "project", "ai_agent", "gst_hsn_code")
CREDIT_TYPES = (LineType.CREDIT.value, LineType.TOP_UP.value)


@dataclass(frozen=True)
class NoteLine:
	"""A line that gives back `amount` before tax, negative where the invoice had drawn credits."""

	amount: Decimal
	values: Mapping[str, object]


def note_lines(
	invoice: Document,
	amounts: Mapping[str, Decimal] | None,
	taken: Decimal,
	*,
	of_amount: Decimal | None = None,
) -> list[NoteLine]:
	"""The lines for the whole invoice, for the net amounts of some of its rows, or for a part of it.

	`taken` are the credits that are taken back. What is spent of bought ones is no longer owed: it burdens
	the promotional account instead of the liability.
	"""
	if invoice.billing_origin == "Top-up":
		net = total_of(amounts.values()) if amounts else of_amount
		return _of_top_up(invoice, exact(invoice.net_total) if net is None else net, taken)
	if of_amount is not None:
		return [_of_part(invoice, of_amount)]
	rows = [row for row in invoice.items if amounts is None or row.name in amounts]
	return [_of_row(row, exact(row.net_amount) if amounts is None else amounts[row.name]) for row in rows]


def issue_note(
	invoice: Document, lines: list[NoteLine], taxes: tuple[Decimal, ...], *, on: date, request: RefundRequest
) -> Document:
	"""Submits the credit note. Its amount stands on the customer's account until it is paid out."""
	note = new_invoice()
	note.update(_header(invoice, on, request))
	note.set("items", [_row(line) for line in lines])
	note.set("taxes", [_tax(row, amount) for row, amount in zip(invoice.taxes, taxes, strict=True)])
	note.append("payment_schedule", {"due_date": on, "invoice_portion": 100})
	use_currency_decimals(note, currency_of(invoice.currency).decimals)
	note.flags.ignore_permissions = True  # below the permission check for the refund
	note.flags.from_billing = True
	note.submit()
	# ERPNext counts returned units, of which a refund by amounts knows nothing: linked once it is posted.
	note.db_set("return_against", invoice.name, update_modified=False)
	return note


def _header(invoice: Document, on: date, request: RefundRequest) -> dict[str, object]:
	return {
		"customer": invoice.customer,
		"company": invoice.company,
		"contact_person": invoice.contact_person,
		"customer_address": invoice.customer_address,
		"currency": invoice.currency,
		"conversion_rate": invoice.conversion_rate,
		"debit_to": invoice.debit_to,
		"set_posting_time": 1,
		"posting_date": on,
		"due_date": on,
		"is_return": 1,
		"update_outstanding_for_self": 1,
		"ignore_default_payment_terms_template": 1,
		"ignore_pricing_rule": 1,
		"disable_rounded_total": 1,
		"billing_order": invoice.billing_order,
		"billing_origin": ORIGIN,
		"refund_of": invoice.name,
		"refund_key": stored_key(invoice.name, request.key),
		"remarks": request.reason,
	}


def _row(line: NoteLine) -> dict[str, object]:
	rate = float(line.amount)
	return {**line.values, "qty": -1, "rate": rate, "price_list_rate": rate, "amount": -rate}


def _of_row(row: Document, amount: Decimal) -> NoteLine:
	kind = row.billing_type if row.billing_type in CREDIT_TYPES else "refund"
	values = {field: row.get(field) for field in COPIED if row.get(field)}
	return NoteLine(amount, {**values, "description": row.description, "billing_type": kind})


def _of_part(invoice: Document, amount: Decimal) -> NoteLine:
	"""A refund by amount says nothing about lines: it is taken off the income of the largest."""
	largest = max(invoice.items, key=lambda row: exact(row.net_amount))
	kept = {field: largest.get(field) for field in ("income_account", "cost_center", "project")}
	words = _("Refund of {0}").format(invoice.name)
	return NoteLine(
		amount,
		{
			**{field: value for field, value in kept.items() if value},
			"item_code": adjustment_item(),
			"item_name": words,
			"description": escape_html(words),
			"billing_type": "refund",
		},
	)


def _of_top_up(invoice: Document, net: Decimal, taken: Decimal) -> list[NoteLine]:
	row, accounts = invoice.items[0], accounts_of(invoice.company, invoice.currency)
	spent = EXACT.subtract(net, taken)
	lines = [(taken, accounts.liability, row.description)]
	lines.append((spent, accounts.promotion, _("Credits that are spent already")))
	return [
		NoteLine(amount, {**_of_row(row, amount).values, "income_account": account, "description": words})
		for amount, account, words in lines
		if amount != ZERO
	]


def _tax(row: Document, amount: Decimal) -> dict[str, object]:
	return {
		"charge_type": "Actual",
		"account_head": row.account_head,
		"description": row.description,
		"cost_center": row.cost_center,
		"rate": 0,
		"tax_amount": float(-amount),
	}
