"""How much of a backlog is billed without a person looking at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.steps import backlog
from paygent_billing.core.invoicing.terms import OrderTerms


@dataclass(frozen=True)
class Limits:
	"""A backlog may reach back so many days, and hold so many invoices."""

	days: int = 400
	invoices: int = 60


def needs_approval(order: OrderTerms, position: OrderPosition, today: date, limits: Limits) -> str | None:
	"""Why the order's backlog on `today` waits for approval, or None when it may be billed as it is."""
	count = 0
	for step in backlog(order, position, today):
		count += 1
		if count == 1 and (today - step.date).days > limits.days:
			return f"the backlog reaches back to {step.date}, more than {limits.days} days"
		if count > limits.invoices:
			return f"the backlog holds more than {limits.invoices} invoices"
	return None
