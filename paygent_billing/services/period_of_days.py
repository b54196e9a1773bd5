"""The days that a person names."""

from __future__ import annotations

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import escape_html

from paygent_billing.core.period import Period, period_or_none


def period_of_days(first_day: str, last_day: str) -> Period:
	"""The days from the first to the last, both included, as texts such as 2026-01-31."""
	last = min(_day(last_day), date.max - timedelta(days=1))
	period = period_or_none(_day(first_day), last + timedelta(days=1))
	return period or frappe.throw(_("The last day lies before the first."))


def _day(text: str) -> date:
	try:
		return date.fromisoformat(text)
	except (TypeError, ValueError):
		frappe.throw(_("{0} is no date. Write it as 2026-01-31.").format(escape_html(str(text))))
