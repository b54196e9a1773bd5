"""The days whose usage is not billed yet, as usage of a day finds them."""

from __future__ import annotations

from datetime import date

from frappe.model.document import Document

from paygent_billing.core.invoicing import OrderTerms, next_step
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.services.orders.terms import position_of


def running_period(order: Document, terms: OrderTerms, day: date) -> Period | None:
	"""The days from the last billing date up to the end of the full period in which the day lies."""
	position = position_of(order)
	step = next_step(terms, position)
	start = position.billed_on or terms.start
	return period_or_none(start, max(terms.calendar.full_period(day).end, step.date if step else day))
