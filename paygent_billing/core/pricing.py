"""Pricing models: what a quantity costs, and how that was computed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

from paygent_billing.core.money import EXACT, ONE, ZERO, format_price, format_quantity, total_of


@dataclass(frozen=True)
class Priced:
	"""What a quantity costs, not rounded yet, with the computation in words and, when there is one, the
	rate.
	"""

	amount: Decimal
	explain: str
	unit_price: Decimal | None = None


@dataclass(frozen=True)
class Flat:
	"""One price, whatever the quantity."""

	price: Decimal

	def __post_init__(self) -> None:
		_refuse_negative(price=self.price)


@dataclass(frozen=True)
class PerUnit:
	"""Each unit at the same rate."""

	rate: Decimal

	def __post_init__(self) -> None:
		_refuse_negative(rate=self.rate)


@dataclass(frozen=True)
class Tier:
	"""The units up to and including `up_to` (None: all that follow), at `rate` each, plus `flat` on
	entering.
	"""

	up_to: Decimal | None
	rate: Decimal = ZERO
	flat: Decimal = ZERO

	def __post_init__(self) -> None:
		_refuse_negative(rate=self.rate, flat=self.flat)
		if self.up_to is not None and self.up_to <= 0:
			raise ValueError(f"A tier must reach up to more than 0, not {self.up_to}")


@dataclass(frozen=True)
class Graduated:
	"""Each unit at the rate of the tier into which it falls; each entered tier adds its `flat`."""

	tiers: tuple[Tier, ...]

	def __post_init__(self) -> None:
		_check_tiers(self.tiers)


@dataclass(frozen=True)
class Volume:
	"""All units at the rate of the tier into which the quantity falls, plus that tier's `flat`."""

	tiers: tuple[Tier, ...]

	def __post_init__(self) -> None:
		_check_tiers(self.tiers)


@dataclass(frozen=True)
class Package:
	"""A price for each started package of `size` units."""

	size: Decimal
	price: Decimal

	def __post_init__(self) -> None:
		_refuse_negative(price=self.price)
		if self.size <= 0:
			raise ValueError(f"A package must hold more than 0 units, not {self.size}")


@dataclass(frozen=True)
class Percentage:
	"""A percent of the quantity, at least `minimum` and at most `maximum` when given."""

	percent: Decimal
	minimum: Decimal | None = None
	maximum: Decimal | None = None

	def __post_init__(self) -> None:
		_refuse_negative(percent=self.percent, min=self.minimum or ZERO, max=self.maximum or ZERO)
		if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
			raise ValueError(f"The min {self.minimum} is above the max {self.maximum}")


@dataclass(frozen=True)
class Credits:
	"""A number of credits for each unit, at the customer's value of a credit."""

	credits_per_unit: Decimal

	def __post_init__(self) -> None:
		_refuse_negative(credits_per_unit=self.credits_per_unit)


PricingModel = Flat | PerUnit | Graduated | Volume | Package | Percentage | Credits


@dataclass(frozen=True)
class Price:
	"""A pricing model and the units that come off the quantity before it is applied."""

	model: PricingModel
	included: Decimal = ZERO

	def __post_init__(self) -> None:
		_refuse_negative(included=self.included)


def price_of(price: Price, quantity: Decimal, *, credit_value: Decimal = ONE) -> Priced:
	"""What the quantity costs. Nothing costs nothing in every model: no tier is entered, no minimum
	applies.
	"""
	billed = EXACT.subtract(quantity, price.included)
	if billed <= 0:
		return Priced(ZERO, _explain_nothing(price, quantity))
	match price.model:
		case Flat(amount):
			return Priced(amount, format_price(amount), amount)
		case PerUnit(rate):
			return Priced(EXACT.multiply(billed, rate), _times(billed, rate), rate)
		case Graduated(tiers):
			return _graduated(tiers, billed)
		case Volume(tiers):
			return _volume(tiers, billed)
		case Package(size, amount):
			return _package(size, amount, billed)
		case Percentage():
			return _percentage(price.model, billed)
		case Credits(per_unit):
			return _credits(per_unit, billed, credit_value)


def _explain_nothing(price: Price, quantity: Decimal) -> str:
	if price.included and quantity > 0:
		return f"{format_quantity(quantity)} of {format_quantity(price.included)} included"
	return "0"


def _times(quantity: Decimal, rate: Decimal) -> str:
	return f"{format_quantity(quantity)} x {format_price(rate)}"


def _graduated(tiers: tuple[Tier, ...], quantity: Decimal) -> Priced:
	amounts, words, lower = [], [], ZERO
	for tier in tiers:
		upper = quantity if tier.up_to is None else min(quantity, tier.up_to)
		units = EXACT.subtract(upper, lower)
		amounts += [EXACT.multiply(units, tier.rate), tier.flat]
		words += [_times(units, tier.rate)] + ([format_price(tier.flat)] if tier.flat else [])
		lower = upper
		if lower == quantity:
			break
	return Priced(total_of(amounts), " + ".join(words))


def _volume(tiers: tuple[Tier, ...], quantity: Decimal) -> Priced:
	tier = next(tier for tier in tiers if tier.up_to is None or quantity <= tier.up_to)
	words = _times(quantity, tier.rate) + (f" + {format_price(tier.flat)}" if tier.flat else "")
	amount = EXACT.add(EXACT.multiply(quantity, tier.rate), tier.flat)
	return Priced(amount, words, tier.rate)


def _package(size: Decimal, price: Decimal, quantity: Decimal) -> Priced:
	packages = EXACT.divide(quantity, size).to_integral_value(ROUND_CEILING)
	words = f"{format_quantity(packages)} packages of {format_quantity(size)} x {format_price(price)}"
	return Priced(EXACT.multiply(packages, price), words, price)


def _percentage(model: Percentage, quantity: Decimal) -> Priced:
	amount = EXACT.divide(EXACT.multiply(quantity, model.percent), Decimal(100))
	words = f"{format_quantity(model.percent)} % of {format_quantity(quantity)}"
	if model.minimum is not None and amount < model.minimum:
		return Priced(model.minimum, f"{words}, at least {format_price(model.minimum)}")
	if model.maximum is not None and amount > model.maximum:
		return Priced(model.maximum, f"{words}, at most {format_price(model.maximum)}")
	return Priced(amount, words)


def _credits(per_unit: Decimal, quantity: Decimal, credit_value: Decimal) -> Priced:
	rate = EXACT.multiply(per_unit, credit_value)
	words = f"{format_quantity(quantity)} x {format_quantity(per_unit)} credits"
	if credit_value != 1:
		words += f" x {format_price(credit_value)}"
	return Priced(EXACT.multiply(quantity, rate), words, rate)


def _refuse_negative(**numbers: Decimal) -> None:
	for name, number in numbers.items():
		if number < 0:
			raise ValueError(f"{name} is {number}: a price cannot be negative")


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
	if not tiers:
		raise ValueError("Tiered pricing needs at least one tier")
	if tiers[-1].up_to is not None:
		raise ValueError("The last tier must have no up_to: it takes all units that follow")
	limits = [tier.up_to for tier in tiers[:-1]]
	if None in limits:
		raise ValueError("Only the last tier may have no up_to")
	for lower, upper in pairwise(limits):
		if lower is not None and upper is not None and lower >= upper:
			raise ValueError(f"The tiers overlap: up_to {upper} follows up_to {lower}")
