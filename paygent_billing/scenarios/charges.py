"""From the plain values of a price list, in a file or a form, to a charge of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import Enum
from typing import ClassVar

from pydantic import ConfigDict

from paygent_billing.core import pricing
from paygent_billing.core.invoicing import Charge, ChargeType, CreditSchedule, Timing
from paygent_billing.core.money import ZERO
from paygent_billing.scenarios.fields import NotNegative, Positive, PriceNumber, Text


class Model(str, Enum):
	FLAT = "flat"
	PER_UNIT = "per_unit"
	GRADUATED = "graduated"
	VOLUME = "volume"
	PACKAGE = "package"
	PERCENTAGE = "percentage"
	CREDITS = "credits"


class ChargeError(ValueError):
	"""The values make no charge; `field` is the one to look at, or "" for all of them."""

	def __init__(self, field: str, message: str) -> None:
		super().__init__(message)
		self.field = field


@dataclass(frozen=True)
class TierValues:
	__pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

	up_to: Positive | None = None
	rate: PriceNumber = ZERO
	flat: PriceNumber = ZERO


@dataclass(frozen=True)
class ChargeValues:
	"""A charge as it is written: what its model does not take stays None."""

	__pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

	id: Text
	type: ChargeType
	model: Model | None = None
	metric: Text | None = None
	timing: Timing | None = None
	included: NotNegative | None = None
	credits: NotNegative | None = None
	credit_schedule: CreditSchedule | None = None
	price: PriceNumber | None = None
	rate: PriceNumber | None = None
	tiers: tuple[TierValues, ...] | None = None
	size: Positive | None = None
	percent: PriceNumber | None = None
	min: PriceNumber | None = None
	max: PriceNumber | None = None
	credits_per_unit: PriceNumber | None = None


#: The fields that each model needs, and those that it may have besides.
MODEL_FIELDS: dict[Model, tuple[tuple[str, ...], tuple[str, ...]]] = {
	Model.FLAT: (("price",), ()),
	Model.PER_UNIT: (("rate",), ()),
	Model.GRADUATED: (("tiers",), ()),
	Model.VOLUME: (("tiers",), ()),
	Model.PACKAGE: (("size", "price"), ()),
	Model.PERCENTAGE: (("percent",), ("min", "max")),
	Model.CREDITS: (("credits_per_unit",), ()),
}

_PRICE_FIELDS = [field.name for field in fields(ChargeValues)][8:]
_FLAT_BY_DEFAULT = frozenset({ChargeType.MINIMUM, ChargeType.SETUP_FEE})
_ARREARS_BY_NATURE = frozenset({ChargeType.USAGE, ChargeType.MINIMUM})


def build_charge(values: ChargeValues) -> Charge:
	"""The charge. ChargeError, with the field, when a value is missing, out of place or impossible."""
	model = values.model or (Model.FLAT if values.type in _FLAT_BY_DEFAULT else None)
	if model is None:
		raise ChargeError("", "model is missing: say how the charge is priced, such as flat or per_unit")
	_check_fields(values, model)
	try:
		return _charge(values, model)
	except ChargeError:
		raise
	except ValueError as error:
		raise ChargeError(_field_of(values, str(error)), str(error)) from None


def _charge(values: ChargeValues, model: Model) -> Charge:
	default = Timing.ARREARS if values.type in _ARREARS_BY_NATURE else Timing.ADVANCE
	return Charge(
		id=values.id,
		type=values.type,
		price=pricing.Price(_BUILDERS[model](values), values.included or ZERO),
		timing=values.timing or default,
		metric=values.metric,
		credits=values.credits or ZERO,
		credit_schedule=values.credit_schedule or CreditSchedule.WITH_FEE,
	)


def _check_fields(values: ChargeValues, model: Model) -> None:
	needed, possible = MODEL_FIELDS[model]
	for name in needed:
		if getattr(values, name) is None:
			raise ChargeError("", f"{name} is missing: the model {model.value} needs it")
	for name in _PRICE_FIELDS:
		if name not in (*needed, *possible) and getattr(values, name) is not None:
			raise ChargeError(name, f"{name} does not belong to the model {model.value}: remove it")


def _field_of(values: ChargeValues, message: str) -> str:
	words = (
		("tier", "tiers"),
		("min ", "min"),
		("metric", "metric"),
		("each period", "credit_schedule"),
		("credits", "credits"),
		("billed", "timing"),
	)
	named = (field for word, field in words if word in message.lower())
	return next((field for field in named if getattr(values, field) is not None), "")


def _tiers(values: ChargeValues) -> tuple[pricing.Tier, ...]:
	return tuple(pricing.Tier(tier.up_to, tier.rate, tier.flat) for tier in values.tiers or ())


_BUILDERS: dict[Model, Callable[[ChargeValues], pricing.PricingModel]] = {
	Model.FLAT: lambda values: pricing.Flat(_given(values.price)),
	Model.PER_UNIT: lambda values: pricing.PerUnit(_given(values.rate)),
	Model.GRADUATED: lambda values: pricing.Graduated(_tiers(values)),
	Model.VOLUME: lambda values: pricing.Volume(_tiers(values)),
	Model.PACKAGE: lambda values: pricing.Package(_given(values.size), _given(values.price)),
	Model.PERCENTAGE: lambda values: pricing.Percentage(_given(values.percent), values.min, values.max),
	Model.CREDITS: lambda values: pricing.Credits(_given(values.credits_per_unit)),
}


def _given(number: Decimal | None) -> Decimal:
	assert number is not None, "checked by _check_fields"
	return number
