"""What a request says about an invoice by hand or about an edit: objects of texts, read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import frappe
from frappe import _
from frappe.utils import escape_html

from paygent_billing.api.arguments import amount_of, date_of
from paygent_billing.services.invoices.edit import TEXTS, Edit
from paygent_billing.services.invoices.edit_lines import LineEdit, TaxEdit
from paygent_billing.services.invoices.line import WrittenLine
from paygent_billing.services.invoices.one_off import OneOff
from paygent_billing.services.invoices.one_off_tax import FlatTax
from paygent_billing.services.invoices.status import company_today

MOST_LINES = 500
LINE = {"description", "quantity", "rate", "first_day", "last_day", "hsn"}
TAX = {"account", "description", "rate", "amount"}
ONE_OFF_TEXTS = {"contract_id": "contract_id", "memo": "memo", "terms": "terms", "notes": "remarks"}
ONE_OFF = {
	"customer", "company", "currency", "lines", "date", "due_date", "discount", "tax_template", "tax",
	"tax_account", *ONE_OFF_TEXTS,
}  # fmt: skip

Made = TypeVar("Made")


def one_off_of(values: dict | str) -> OneOff:
	"""The invoice by hand that the request describes: in the company's currency and of today unless it says
	otherwise.
	"""
	said = _object(values, ONE_OFF)
	company = _text(said, "company") or frappe.defaults.get_user_default("Company") or ""
	tax = _amount(said, "tax")
	return OneOff(
		customer=_text(said, "customer"),
		company=company,
		currency=_text(said, "currency") or frappe.get_cached_value("Company", company, "default_currency"),
		lines=tuple(_each(said, "lines", _written_line)),
		issued_on=_date(said, "date") or company_today(),
		due_date=_date(said, "due_date"),
		discount=_amount(said, "discount") or Decimal(0),
		tax_template=_text(said, "tax_template") or None,
		flat_tax=None if tax is None else FlatTax(tax, _text(said, "tax_account") or None),
		texts={field: _text(said, key) for key, field in ONE_OFF_TEXTS.items() if key in said},
	)


def edit_of(changes: dict | str) -> Edit:
	"""The edit that the request describes: what it does not name stays."""
	said = _object(changes, {"date", "due_date", "number", "lines", "taxes", *TEXTS})
	return Edit(
		date=_date(said, "date"),
		due_date=_date(said, "due_date"),
		number=_text(said, "number") or None,
		texts={key: _text(said, key) for key in TEXTS if key in said},
		lines=tuple(_each(said, "lines", _line_edit)) if said.get("lines") is not None else None,
		taxes=tuple(_each(said, "taxes", _tax_edit)) if said.get("taxes") is not None else None,
	)


def line_amounts(lines: dict | str | None) -> dict[str, Decimal] | None:
	"""Amounts by the names of lines; None when no line is named."""
	said = _object(lines, None) if lines else {}
	amounts = {row: _amount(said, row) for row in said}
	return {row: amount for row, amount in amounts.items() if amount} or None


def _written_line(values: object) -> WrittenLine:
	said = _object(values, LINE)
	quantity = _amount(said, "quantity")
	return WrittenLine(
		description=_text(said, "description"),
		rate=_amount(said, "rate") or Decimal(0),
		quantity=Decimal(1) if quantity is None else quantity,
		first_day=_date(said, "first_day"),
		last_day=_date(said, "last_day"),
		hsn=_text(said, "hsn") or None,
	)


def _line_edit(values: object) -> LineEdit:
	said = _object(values, {"row", *LINE})
	return LineEdit(
		row=_text(said, "row") or None,
		description=_text(said, "description") if "description" in said else None,
		quantity=_amount(said, "quantity"),
		rate=_amount(said, "rate"),
		first_day=_date(said, "first_day"),
		last_day=_date(said, "last_day"),
		hsn=_text(said, "hsn") if "hsn" in said else None,
	)


def _tax_edit(values: object) -> TaxEdit:
	said = _object(values, TAX)
	return TaxEdit(
		account=_text(said, "account"),
		description=_text(said, "description") or _text(said, "account"),
		rate=_amount(said, "rate"),
		amount=_amount(said, "amount"),
	)


def _object(values: object, known: set[str] | None) -> dict[str, Any]:
	"""The object, given as such or as JSON text. Refused when it names something else than what is known."""
	if isinstance(values, str):
		try:
			values = json.loads(values)
		except ValueError:
			frappe.throw(_("The values are no JSON that can be read."))
	if not isinstance(values, dict):
		frappe.throw(_("The values must be an object."))
	unknown = sorted(str(key) for key in set(values) - known) if known is not None else []
	if unknown:
		frappe.throw(_("There is no value of the name {0}.").format(escape_html(", ".join(unknown))))
	return values


def _each(said: dict[str, Any], key: str, read: Callable[[object], Made]) -> list[Made]:
	rows = said.get(key) or []
	if not isinstance(rows, list) or len(rows) > MOST_LINES:
		frappe.throw(_("{0} must be a list of at most {1}.").format(key, MOST_LINES))
	return [read(row) for row in rows]


def _text(said: dict[str, Any], key: str) -> str:
	value = said.get(key)
	if value is not None and not isinstance(value, str):
		frappe.throw(_("{0} must be a text.").format(key))
	return (value or "").strip()


def _date(said: dict[str, Any], key: str) -> date | None:
	text = _text(said, key)
	return date_of(text) if text else None


def _amount(said: dict[str, Any], key: str) -> Decimal | None:
	"""Floats are refused: an amount is written as text."""
	value = said.get(key)
	if value is None or value == "":
		return None
	return amount_of(value if isinstance(value, str | int | float) else str(value))
