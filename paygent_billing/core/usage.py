"""Usage: what agents report, and the quantity that it adds up to."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from paygent_billing.core.money import EXACT, MAX_DECIMALS, ONE, ZERO, parse_decimal
from paygent_billing.core.period import Period


class Aggregation(str, Enum):
	"""How the events of a period become one quantity."""

	SUM = "sum"
	COUNT = "count"
	MAX = "max"
	UNIQUE = "unique"
	LAST = "last"


class RoundingMode(str, Enum):
	"""Where a quantity goes that has too many decimals; a half goes up."""

	UP = "up"
	DOWN = "down"
	NEAREST = "nearest"


_DECIMAL_ROUNDING = {
	RoundingMode.UP: decimal.ROUND_CEILING,
	RoundingMode.DOWN: decimal.ROUND_FLOOR,
	RoundingMode.NEAREST: decimal.ROUND_HALF_UP,
}


@dataclass(frozen=True)
class QuantityRounding:
	"""How many decimals a metric's quantity keeps, and what becomes of the rest."""

	mode: RoundingMode
	decimals: int = 0

	def __post_init__(self) -> None:
		if not 0 <= self.decimals <= MAX_DECIMALS:
			raise ValueError(f"A quantity is rounded to 0 to {MAX_DECIMALS} decimals, not {self.decimals}")

	def apply(self, quantity: Decimal) -> Decimal:
		unit = Decimal(1).scaleb(-self.decimals)
		rounded = quantity.quantize(unit, rounding=_DECIMAL_ROUNDING[self.mode], context=EXACT)
		return rounded if rounded else abs(rounded)


@dataclass(frozen=True)
class PropertyFilter:
	"""A property that must have one of the values."""

	name: str
	values: tuple[str, ...]

	def __post_init__(self) -> None:
		if not self.values:
			raise ValueError(f"The filter on {self.name} names no value: no usage would ever match")

	def matches(self, properties: Mapping[str, str]) -> bool:
		return properties.get(self.name) in self.values


@dataclass(frozen=True)
class UsageEvent:
	"""One use: when it happened (with a zone), how much, and what else was said about it."""

	occurred_at: datetime
	quantity: Decimal
	properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
	"""What is counted: the events that match all `filters`, by their quantity or by the value of a property.

	`unique` counts the distinct values of its property; `count` takes none. The aggregate is rounded last.
	"""

	id: str
	aggregation: Aggregation
	property_name: str | None = None
	filters: tuple[PropertyFilter, ...] = ()
	rounding: QuantityRounding | None = None

	def __post_init__(self) -> None:
		if self.aggregation is Aggregation.UNIQUE and self.property_name is None:
			raise ValueError(
				f"Metric {self.id}: unique counts the values of a property, so name the property"
			)
		if self.aggregation is Aggregation.COUNT and self.property_name is not None:
			raise ValueError(f"Metric {self.id}: count counts events, so it takes no property")

	@property
	def unique_property(self) -> str | None:
		"""The property whose distinct values are counted, of a metric that counts them."""
		return self.property_name if self.aggregation is Aggregation.UNIQUE else None

	@property
	def value_property(self) -> str | None:
		"""The property that stands for the quantity, of a metric that takes it from there."""
		return None if self.aggregation is Aggregation.UNIQUE else self.property_name

	def matches(self, properties: Mapping[str, str]) -> bool:
		"""Whether an event with these properties counts."""
		return all(one.matches(properties) for one in self.filters)

	def why_refused(self, properties: Mapping[str, str]) -> str | None:
		"""What is wrong with an event that says this, or None. One that does not match need say nothing."""
		name = self.property_name
		if name is None or not self.matches(properties):
			return None
		if name not in properties:
			return f"{self.id} {_PURPOSE[self.aggregation]} {name}: add properties: {{{name}: ...}}"
		return self._why_no_value(name, properties[name])

	def _why_no_value(self, name: str, text: str) -> str | None:
		if self.aggregation is Aggregation.UNIQUE:
			return None
		try:
			value = parse_decimal(text)
		except ValueError as error:
			return f"{name}: {error}"
		if value < 0 and self.aggregation is not Aggregation.LAST:
			return f"{name}: {text} is negative: usage is 0 or more"
		return None

	def rounded(self, quantity: Decimal) -> Decimal:
		"""The aggregate as it is billed."""
		return self.rounding.apply(quantity) if self.rounding else quantity


_PURPOSE = {
	Aggregation.UNIQUE: "counts different values of",
	Aggregation.SUM: "adds up the values of",
	Aggregation.MAX: "takes the largest value of",
	Aggregation.LAST: "takes the last value of",
}


@dataclass(frozen=True)
class UsageSpan:
	"""The usage of one order line's metric over the days of one period: the key of a quantity."""

	line: str
	metric: str
	period: Period


class Tally:
	"""Adds events up to one quantity, in the order in which they arrive.

	`last` is the latest by occurrence, of equals the one that arrived last. What the metric's filters exclude
	and events without its property add nothing.
	"""

	def __init__(self, metric: Metric) -> None:
		self._metric = metric
		self._total: Decimal | None = None
		self._values: set[str] = set()
		self._latest: datetime | None = None

	@property
	def quantity(self) -> Decimal:
		"""The quantity as it is billed; 0 of nothing."""
		return ZERO if self._total is None else self._metric.rounded(self._total)

	def add(self, event: UsageEvent) -> None:
		name = self._metric.property_name
		if self._metric.matches(event.properties) and (name is None or name in event.properties):
			self._total = self._with(event, event.quantity if name is None else event.properties[name])

	def _with(self, event: UsageEvent, said: Decimal | str) -> Decimal:
		match self._metric.aggregation:
			case Aggregation.COUNT:
				return EXACT.add(self._total or ZERO, ONE)
			case Aggregation.UNIQUE:
				self._values.add(str(said))
				return Decimal(len(self._values))
			case Aggregation.SUM:
				return EXACT.add(self._total or ZERO, parse_decimal(said))
			case Aggregation.MAX:
				value = parse_decimal(said)
				return value if self._total is None else max(self._total, value)
			case Aggregation.LAST:
				return self._last(event.occurred_at, parse_decimal(said))

	def _last(self, occurred_at: datetime, value: Decimal) -> Decimal:
		if self._total is not None and self._latest is not None and occurred_at < self._latest:
			return self._total
		self._latest = occurred_at
		return value


def aggregate(metric: Metric, events: Iterable[UsageEvent]) -> Decimal:
	"""The quantity of the events, in the order in which they arrived; 0 for none."""
	tally = Tally(metric)
	for event in events:
		tally.add(event)
	return tally.quantity
