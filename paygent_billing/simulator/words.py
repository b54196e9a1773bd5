"""How dates, periods and lines are printed for people."""

from __future__ import annotations

from datetime import date

from paygent_billing.core.invoicing import InvoiceLine
from paygent_billing.core.period import Period

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_words(day: date) -> str:
	return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_words(period: Period | None) -> str:
	"""The first and the last day: "1 Jan 2026 - 31 Jan 2026"."""
	if period is None:
		return ""
	if period.days == 1:
		return date_words(period.start)
	return f"{date_words(period.start)} - {date_words(period.last_day)}"


def line_words(line: InvoiceLine) -> str:
	"""What the line is for."""
	if line.description:
		return line.description
	name = line.charge if line.agent is None else f"{line.agent}: {line.charge}"
	return name.replace("_", " ") if line.line is None else name
