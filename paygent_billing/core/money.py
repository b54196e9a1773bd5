"""Amounts: exact decimals, rounded once, in the currency's smallest unit."""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

#: Wide enough for any product of two accepted numbers, so that nothing is rounded on the way to a line.
EXACT = decimal.Context(prec=80, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])

MAX_INTEGER_DIGITS = 18
MAX_DECIMALS = 12

ZERO = Decimal(0)
ONE = Decimal(1)


class Rounding(str, Enum):
	"""How an amount that lies between two smallest units is settled."""

	HALF_UP = "half_up"
	HALF_EVEN = "half_even"


_DECIMAL_ROUNDING = {
	Rounding.HALF_UP: decimal.ROUND_HALF_UP,
	Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
}


@dataclass(frozen=True)
class Currency:
	"""A currency's ISO code, its number of decimals (USD 2, JPY 0, KWD 3) and the rounding in force."""

	code: str
	decimals: int = 2
	rounding: Rounding = Rounding.HALF_UP

	def __post_init__(self) -> None:
		if not 0 <= self.decimals <= 9:
			raise ValueError(f"{self.code} cannot have {self.decimals} decimals: 0 to 9 are possible")

	def round(self, amount: Decimal) -> Decimal:
		"""The amount in this currency's smallest unit; a half goes as `rounding` says."""
		unit = Decimal(1).scaleb(-self.decimals)
		rounded = amount.quantize(unit, rounding=_DECIMAL_ROUNDING[self.rounding], context=EXACT)
		return rounded if rounded else abs(rounded)

	def format(self, amount: Decimal) -> str:
		"""The amount as text with exactly the currency's decimals: "54.29", "2700", "1.005"."""
		return f"{self.round(amount):f}"


def parse_decimal(text: str | int | Decimal) -> Decimal:
	"""An exact number from text. Floats, NaN, infinities and numbers too long to stay exact raise
	ValueError.
	"""
	if isinstance(text, (bool, float)):
		raise ValueError(f"{text!r} is not an exact number: write it as text, such as '9.90'")
	try:
		number = Decimal(text.strip() if isinstance(text, str) else text)
	except (decimal.InvalidOperation, TypeError, ValueError):
		raise ValueError(f"{text!r} is not a number") from None
	if not number.is_finite():
		raise ValueError(f"{text!r} is not a finite number")
	if number.adjusted() >= MAX_INTEGER_DIGITS:
		raise ValueError(f"{text!r} is too large: at most {MAX_INTEGER_DIGITS} digits before the point")
	if decimals_of(number) > MAX_DECIMALS:
		raise ValueError(f"{text!r} has too many decimals: at most {MAX_DECIMALS}")
	return number


def decimals_of(number: Decimal) -> int:
	"""How many decimals the number needs when written without trailing zeros."""
	_, digits, exponent = number.as_tuple()
	if not number or not isinstance(exponent, int):
		return 0
	zeros = next(place for place, digit in enumerate(reversed(digits)) if digit)
	return max(0, -exponent - zeros)


def format_quantity(number: Decimal) -> str:
	"""The number without trailing zeros and without an exponent: "140", "0.00025"."""
	text = f"{number.normalize(EXACT):f}"
	return "0" if text == "-0" else text


def format_price(number: Decimal) -> str:
	"""A unit price with at least two decimals: "1.00", "0.80", "0.00025"."""
	return f"{number:.2f}" if decimals_of(number) <= 2 else format_quantity(number)


def total_of(amounts: Iterable[Decimal]) -> Decimal:
	"""The exact sum; of nothing, zero."""
	total = ZERO
	for amount in amounts:
		total = EXACT.add(total, amount)
	return total
