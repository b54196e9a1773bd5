"""Fees in force after somebody edited the invoice on which they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from paygent_billing.core.invoicing.position import FeeInForce, OrderPosition
from paygent_billing.core.money import EXACT, MAX_DECIMALS
from paygent_billing.core.period import Period

#: Line and charge, and the days that the invoice bills of it.
BilledFeeKey = tuple[str, str, Period]


def with_edited_fees(
	position: OrderPosition, amounts: Mapping[BilledFeeKey, Decimal], *, is_prorated: bool
) -> OrderPosition:
	"""The position in which each fee that was edited costs what the invoice says now.

	A later change credits what was billed, not what the plan asked for. A fee that is in force no longer, or
	for other days, is left alone.
	"""
	fees = {}
	for key, fee in position.fees.items():
		amount = amounts.get((key[0], key[1], fee.served))
		fees[key] = fee if amount is None else _costing(fee, amount, is_prorated)
	return replace(position, fees=fees)


def _costing(fee: FeeInForce, amount: Decimal, is_prorated: bool) -> FeeInForce:
	"""The fee whose full period costs so much that the days served cost the amount."""
	if not is_prorated or fee.served == fee.full:
		return replace(fee, price=amount)
	whole = EXACT.divide(EXACT.multiply(amount, Decimal(fee.full.days)), Decimal(fee.served.days))
	return replace(fee, price=round(whole, MAX_DECIMALS))
