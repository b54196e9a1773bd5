"""An invoice for credits that a customer buys."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from paygent_billing.core.invoicing.invoice import InvoiceDraft, InvoiceLine, LineType, Tax, total_up
from paygent_billing.core.money import Currency


def bill_top_up(amount: Decimal, currency: Currency, taxes: Sequence[Tax]) -> InvoiceDraft:
	"""The invoice for credits worth `amount`. Its tax is theirs for good: usage draws them before tax.

	ValueError when the amount is none that the currency can pay.
	"""
	if amount <= 0 or currency.round(amount) != amount:
		raise ValueError(f"{amount} is no amount of {currency.code} for which credits can be bought")
	line = InvoiceLine(LineType.TOP_UP, "top_up", amount, "prepaid credits bought", credits=amount)
	return total_up([line], currency, discount=None, taxes=taxes)
