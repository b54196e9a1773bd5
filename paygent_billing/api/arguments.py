"""What a request says as text, read exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html

from paygent_billing.core.money import parse_decimal


def date_of(text: str) -> date:
	"""The date that the text names. Refused when it is none."""
	try:
		return date.fromisoformat(text)
	except ValueError:
		frappe.throw(_("{0} is no date. Write it as 2026-01-31.").format(escape_html(text)))


def amount_of(text: str) -> Decimal:
	"""The exact number that the text names. Refused when it is none."""
	try:
		return parse_decimal(text)
	except ValueError as error:
		frappe.throw(_("The amount cannot be used: {0}.").format(escape_html(str(error))))
