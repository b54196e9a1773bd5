"""An invoice before any ledger knows it: its lines and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from paygent_billing.core.invoicing.terms import ChargeType, Discount
from paygent_billing.core.money import EXACT, ONE, ZERO, Currency, total_of
from paygent_billing.core.period import Period
from paygent_billing.core.wallet import LotSource


class LineType(str, Enum):
	PLATFORM_FEE = ChargeType.PLATFORM_FEE.value
	SEAT_FEE = ChargeType.SEAT_FEE.value
	USAGE = ChargeType.USAGE.value
	SETUP_FEE = ChargeType.SETUP_FEE.value
	MINIMUM = ChargeType.MINIMUM.value
	ONE_OFF = "one_off"
	CREDIT = "credit"
	TOP_UP = "top_up"
	CARRY_FORWARD = "carry_forward"


@dataclass(frozen=True)
class InvoiceLine:
	"""One line: what it is for, the days of service, the quantity billed, the rounded amount and its
	computation.

	`included` units of the quantity were free. `credits` is the money that becomes prepaid with this line;
	`source` says of drawn credits whether they had been granted or bought.
	"""

	type: LineType
	charge: str
	amount: Decimal
	explain: str
	line: str | None = None
	agent: str | None = None
	period: Period | None = None
	quantity: Decimal = ONE
	included: Decimal = ZERO
	unit_price: Decimal | None = None
	credits: Decimal = ZERO
	description: str = ""
	source: LotSource | None = None


@dataclass(frozen=True)
class Tax:
	"""A percent of subtotal - discount, rounded on its own."""

	name: str
	rate: Decimal

	def __post_init__(self) -> None:
		if not 0 <= self.rate <= 1000:
			raise ValueError(f"Tax {self.name}: a rate of {self.rate} percent is not between 0 and 1000")


@dataclass(frozen=True)
class TaxAmount:
	tax: Tax
	amount: Decimal


@dataclass(frozen=True)
class InvoiceDraft:
	"""The lines and totals of an invoice. `carried` is what the order's next invoice must give back."""

	lines: tuple[InvoiceLine, ...]
	subtotal: Decimal
	discount: Decimal
	taxes: tuple[TaxAmount, ...]
	total: Decimal
	carried: Decimal = ZERO

	@property
	def tax(self) -> Decimal:
		return total_of(tax.amount for tax in self.taxes)

	@property
	def is_all_zero(self) -> bool:
		return not any(line.amount for line in self.lines)


def total_up(
	lines: Sequence[InvoiceLine], currency: Currency, *, discount: Discount | None, taxes: Sequence[Tax]
) -> InvoiceDraft:
	"""The invoice of the lines: lines + discount + taxes = total, which is never below zero."""
	subtotal = total_of(line.amount for line in lines)
	carried = max(ZERO, EXACT.minus(subtotal))
	if carried:
		lines = [*lines, carry_forward(carried)]
		subtotal = ZERO
	taken = discount_of(discount, subtotal, currency)
	net = EXACT.subtract(subtotal, taken)
	amounts = tuple(TaxAmount(tax, currency.round(percent_of(net, tax.rate))) for tax in taxes)
	total = total_of([net, *(tax.amount for tax in amounts)])
	return InvoiceDraft(tuple(lines), subtotal, taken, amounts, total, carried)


def carry_forward(amount: Decimal) -> InvoiceLine:
	"""Brings a negative subtotal to zero (positive), or gives the same back on the next invoice
	(negative).
	"""
	words = "carried to the next invoice" if amount > 0 else "carried over from the invoice before"
	return InvoiceLine(LineType.CARRY_FORWARD, "carry_forward", amount, words)


def discount_of(discount: Discount | None, subtotal: Decimal, currency: Currency) -> Decimal:
	"""What comes off the subtotal: rounded, and never more than the subtotal itself."""
	if discount is None:
		return ZERO
	if discount.percent is not None:
		return currency.round(percent_of(subtotal, discount.percent))
	return min(subtotal, currency.round(discount.amount or ZERO))


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
	return EXACT.divide(EXACT.multiply(amount, percent), Decimal(100))
