"""Lines and taxes of an invoice, said anew by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from paygent_billing.core.invoicing import LineType
from paygent_billing.core.money import ONE, ZERO, Currency
from paygent_billing.services.billing.dimensions import default_dimensions
from paygent_billing.services.invoices.line import (
	WrittenLine,
	check_days,
	check_line,
	priced,
	row_of,
	words_and_days,
)
from paygent_billing.services.invoices.wording import plain_lines
from paygent_billing.services.numbers import day, exact

#: Lines that follow from a wallet or from the invoice before.
FIXED = (LineType.CREDIT.value, LineType.TOP_UP.value, LineType.CARRY_FORWARD.value)


@dataclass(frozen=True)
class LineEdit:
	"""A line as it is to be. With the name of a row, what is None stays as it is there."""

	row: str | None = None
	description: str | None = None
	quantity: Decimal | None = None
	rate: Decimal | None = None
	first_day: date | None = None
	last_day: date | None = None
	hsn: str | None = None


@dataclass(frozen=True)
class TaxEdit:
	"""A tax as it is to be: a percent of the net total, or an amount."""

	account: str
	description: str
	rate: Decimal | None = None
	amount: Decimal | None = None


def edit_lines(invoice: Document, edits: tuple[LineEdit, ...], currency: Currency) -> None:
	"""Gives the invoice these lines, in this order. A row that is not named is taken off."""
	if not edits:
		frappe.throw(_("An invoice needs at least one line."))
	names = invoice.flags.row_names or [row.name for row in invoice.items]
	rows = dict(zip(names, invoice.items, strict=True))
	_check_names(rows, edits)
	kept = [_line(invoice, rows, edit, currency) for edit in edits]
	invoice.set("items", [])
	for number, row in enumerate(kept, start=1):
		invoice.append("items", row).idx = number


def edit_taxes(invoice: Document, edits: tuple[TaxEdit, ...], currency: Currency) -> None:
	"""Gives the invoice these taxes instead of those that it has."""
	invoice.taxes_and_charges = None
	invoice.set("taxes", [])
	for edit in edits:
		invoice.append("taxes", _tax_row(invoice, edit, currency))


def text_of(row: Document) -> str:
	"""What the row is for, without the days that its description repeats."""
	words = plain_lines(row.description) or (row.item_name,)
	return "\n".join(words[:-1] if row.service_from and len(words) > 1 else words)


def numbers_of(row: Document) -> tuple[Decimal, Decimal]:
	"""Quantity and price of one, as the row tells them; a price of 0 where there is no single one."""
	if row.billing_type:
		return exact(row.billed_quantity), exact(row.unit_price)
	return exact(row.qty), exact(row.rate)


def _check_names(rows: dict[str, Document], edits: tuple[LineEdit, ...]) -> None:
	named = [edit.row for edit in edits if edit.row]
	for name in named:
		if name not in rows:
			frappe.throw(_("The invoice has no line {0}. Load it again.").format(escape_html(name)))
	if len(set(named)) < len(named):
		frappe.throw(_("A line of the invoice is named twice."))
	for row in (row for name, row in rows.items() if name not in named):
		_refuse_fixed(row)


def _line(
	invoice: Document, rows: dict[str, Document], edit: LineEdit, currency: Currency
) -> Document | dict[str, object]:
	if edit.row:
		return _edited(rows[edit.row], edit, currency)
	line = WrittenLine(
		description=edit.description or "",
		rate=ZERO if edit.rate is None else edit.rate,
		quantity=ONE if edit.quantity is None else edit.quantity,
		first_day=edit.first_day,
		last_day=edit.last_day,
		hsn=edit.hsn,
	)
	return row_of(line, currency) | default_dimensions(invoice.company)


def _edited(row: Document, edit: LineEdit, currency: Currency) -> Document:
	_edit_numbers(row, edit, currency)
	text = text_of(row) if edit.description is None else edit.description
	first, last = edit.first_day or day(row.service_from), edit.last_day or day(row.service_to)
	if (first, last) != (day(row.service_from), day(row.service_to)):
		_refuse_days_of_order(row)
		check_days(first, last)
	if (text, first, last) != (text_of(row), day(row.service_from), day(row.service_to)):
		row.update(words_and_days(text, first, last))
	if edit.hsn is not None:
		row.gst_hsn_code = edit.hsn or None
	return row


def _edit_numbers(row: Document, edit: LineEdit, currency: Currency) -> None:
	before = numbers_of(row)
	quantity = before[0] if edit.quantity is None else edit.quantity
	rate = before[1] if edit.rate is None else edit.rate
	if (quantity, rate) == before:
		return
	_refuse_fixed(row)
	if edit.rate is None and not rate:
		frappe.throw(_("Say the price of '{0}' too: it has no single one.").format(row.item_name))
	check_line(WrittenLine(row.item_name, rate, quantity))
	row.update({"qty": 1, "billing_type": row.billing_type or LineType.ONE_OFF.value})
	row.update(priced(quantity, rate, currency))


def _refuse_days_of_order(row: Document) -> None:
	"""The order goes on from the days that it has billed."""
	if row.order_line:
		frappe.throw(_("The days of '{0}' follow from the order.").format(escape_html(text_of(row))))


def _refuse_fixed(row: Document) -> None:
	if row.billing_type in FIXED:
		frappe.throw(
			_("'{0}' stays as it is: it follows from prepaid credits or from another invoice.").format(
				escape_html(text_of(row))
			)
		)


def _tax_row(invoice: Document, edit: TaxEdit, currency: Currency) -> dict[str, object]:
	if (edit.rate is None) == (edit.amount is None):
		frappe.throw(_("A tax is either a percent or an amount."))
	if frappe.db.get_value("Account", edit.account, "company") != invoice.company:
		frappe.throw(_("{0} is no account of {1}.").format(escape_html(edit.account), invoice.company))
	numbers = (
		{"charge_type": "On Net Total", "rate": float(edit.rate)}
		if edit.amount is None
		else {"charge_type": "Actual", "tax_amount": float(currency.round(edit.amount))}
	)
	cost_center = frappe.get_cached_value("Company", invoice.company, "cost_center")
	words = {"account_head": edit.account, "description": edit.description, "cost_center": cost_center}
	return {**words, **numbers}
