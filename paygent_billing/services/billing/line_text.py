"""What an invoice line says to the customer."""

from __future__ import annotations

from frappe import _
from frappe.utils import escape_html, formatdate

from paygent_billing.core.invoicing import InvoiceLine, LineType

TITLES = {
	LineType.PLATFORM_FEE: "Platform fee",
	LineType.SEAT_FEE: "Seats",
	LineType.USAGE: "Usage",
	LineType.SETUP_FEE: "Setup",
	LineType.MINIMUM: "Minimum commitment",
	LineType.ONE_OFF: "One-off charge",
	LineType.CREDIT: "Prepaid credits used",
	LineType.TOP_UP: "Prepaid credits",
	LineType.CARRY_FORWARD: "Balance carried over",
}


def describe(line: InvoiceLine) -> str:
	"""The line's description: what it is for and the days that it covers, as safe HTML."""
	words = escape_html(title_of(line))
	if line.period:
		words += "<br>" + formatdate(line.period.start) + " - " + formatdate(line.period.last_day)
	return words


def title_of(line: InvoiceLine) -> str:
	"""What the line is for, as plain text."""
	title = line.description or _(TITLES[line.type])
	return f"{title}: {line.charge}" if line.type is LineType.USAGE else title
