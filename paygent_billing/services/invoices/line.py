"""Lines that people write: a text, perhaps days of service, a quantity and a price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate

from paygent_billing.core.invoicing import LineType
from paygent_billing.core.money import EXACT, ONE, Currency, decimals_of, format_price, format_quantity
from paygent_billing.services.numbers import LARGEST
from paygent_billing.services.orders.items import adjustment_item

MOST_DECIMALS = 9


@dataclass(frozen=True)
class WrittenLine:
	"""A line of an invoice by hand. Its amount is quantity x rate, rounded once."""

	description: str
	rate: Decimal
	quantity: Decimal = ONE
	first_day: date | None = None
	last_day: date | None = None
	hsn: str | None = None


def row_of(line: WrittenLine, currency: Currency) -> dict[str, object]:
	"""The line as a row of a Sales Invoice: one unit at the exact amount, as the billing writes all its
	lines.
	"""
	check_line(line)
	return {
		"item_code": adjustment_item(),
		"item_name": _("One-off charge"),
		"qty": 1,
		"billing_charge": LineType.ONE_OFF.value,
		"billing_type": LineType.ONE_OFF.value,
		"gst_hsn_code": line.hsn,
		**words_and_days(line.description, line.first_day, line.last_day),
		**priced(line.quantity, line.rate, currency),
	}


def words_and_days(text: str, first_day: date | None, last_day: date | None) -> dict[str, object]:
	"""The fields for what the line is for and the days that it covers; the description is safe HTML."""
	words = "<br>".join(escape_html(row) for row in text.splitlines())
	if first_day and last_day:
		words += "<br>" + formatdate(first_day) + " - " + formatdate(last_day)
	days = {"service_from": first_day, "service_to": last_day}
	return {"description": words, **days, "service_start_date": first_day, "service_end_date": last_day}


def priced(quantity: Decimal, rate: Decimal, currency: Currency) -> dict[str, object]:
	"""The fields for quantity, price and the amount that they come to."""
	amount = float(currency.round(EXACT.multiply(quantity, rate)))
	return {
		"rate": amount,
		"price_list_rate": amount,
		"billed_quantity": float(quantity),
		"included_quantity": 0,
		"unit_price": float(rate),
		"computed_as": f"{format_quantity(quantity)} x {format_price(rate)}",
	}


def check_line(line: WrittenLine) -> None:
	"""Refuses a line without words, with numbers that no invoice can hold, or with half a period."""
	if not line.description.strip():
		frappe.throw(_("Each line needs a description."))
	if line.quantity <= 0:
		frappe.throw(_("The quantity of '{0}' must be more than 0.").format(escape_html(line.description)))
	for number in (line.quantity, line.rate, EXACT.multiply(line.quantity, line.rate)):
		if abs(number) >= LARGEST:
			frappe.throw(_("{0} is not below 10^12.").format(number))
	if max(decimals_of(line.quantity), decimals_of(line.rate)) > MOST_DECIMALS:
		frappe.throw(_("Quantities and prices have at most {0} decimals.").format(MOST_DECIMALS))
	check_days(line.first_day, line.last_day)


def check_days(first_day: date | None, last_day: date | None) -> None:
	"""Refuses a period with one end, or one that ends before it begins."""
	if bool(first_day) != bool(last_day):
		frappe.throw(_("A period needs its first and its last day."))
	if first_day and last_day and last_day < first_day:
		frappe.throw(_("A period cannot end on {0} before it begins on {1}.").format(last_day, first_day))
