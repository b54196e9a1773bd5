"""The border between the database's numbers and exact decimals, and the currencies of the site."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, get_number_format_info, getdate

from paygent_billing.core.money import ZERO, Currency, Rounding

HALF_UP_METHOD = "Commercial Rounding"
#: What no Float or Currency field of a site can hold any more.
LARGEST = 10**12


def exact(value: object) -> Decimal:
	"""The decimal that a Float or Currency field shows; None and empty are zero. Exact for up to 15
	digits. ValueError when it is no number that such a field could hold.
	"""
	try:
		number = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value or 0))
	except ArithmeticError as error:
		raise ValueError(f"{value} is not a number") from error
	if not number.is_finite() or abs(number) >= LARGEST:
		raise ValueError(f"{value} is not a number below 10^12")
	return number


def exact_or_none(value: object) -> Decimal | None:
	"""As `exact`, but a field that is empty or zero means that nothing was said."""
	number = exact(value)
	return number if number else None


def day(value: object) -> date | None:
	"""The date in a Date field, or None."""
	return getdate(value) if value else None


def site_rounding() -> Rounding:
	"""The rounding that the site's System Settings ask for."""
	method = frappe.get_system_settings("rounding_method")
	return Rounding.HALF_UP if method == HALF_UP_METHOD else Rounding.HALF_EVEN


def site_decimals() -> int:
	"""The decimals with which the site keeps amounts."""
	decimals = cint(frappe.db.get_default("currency_precision"))
	return decimals or get_number_format_info(frappe.db.get_default("number_format") or "#,###.##")[2]


def currency_of(code: str) -> Currency:
	"""The currency as the site's Currency record has it.

	Refused when the site keeps fewer decimals than the currency has: its ledger would lose the rest.
	"""
	number_format = frappe.get_cached_value("Currency", code, "number_format")
	decimals = get_number_format_info(number_format)[2] if number_format else site_decimals()
	if decimals > site_decimals():
		frappe.throw(
			_(
				"{0} has {1} decimals, but this site keeps {2}."
				" Set Currency Precision in System Settings to {1}."
			).format(code, decimals, site_decimals())
		)
	return Currency(code, decimals, site_rounding())


def sum_as_text(value: str | None) -> Decimal:
	"""A sum that the database was asked for as text, so that no float came between."""
	return Decimal(value) if value else ZERO
