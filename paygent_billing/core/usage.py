"""Usage: what agents report, and the quantity that it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from paygent_billing.core.money import ZERO, total_of
from paygent_billing.core.period import Period


class Aggregation(str, Enum):
	"""How the events of a period become one quantity."""

	SUM = "sum"
	COUNT = "count"
	MAX = "max"
	UNIQUE = "unique"
	LAST = "last"


@dataclass(frozen=True)
class Metric:
	"""What is counted. `unique` counts the distinct values of `unique_property`."""

	id: str
	aggregation: Aggregation
	unique_property: str | None = None

	def __post_init__(self) -> None:
		if (self.aggregation is Aggregation.UNIQUE) != (self.unique_property is not None):
			raise ValueError(
				f"Metric {self.id}: a property belongs to the aggregation unique, and only to it"
			)


@dataclass(frozen=True)
class UsageEvent:
	"""One use: when it happened (with a zone), how much, and the value that `unique` counts."""

	occurred_at: datetime
	quantity: Decimal
	unique_value: str | None = None


@dataclass(frozen=True)
class UsageSpan:
	"""The usage of one order line's metric over the days of one period: the key of a quantity."""

	line: str
	metric: str
	period: Period


def aggregate(aggregation: Aggregation, events: Sequence[UsageEvent]) -> Decimal:
	"""The quantity of the events, in the order in which they arrived; 0 for none.

	`last` is the latest by occurrence, of equals the one that arrived last.
	"""
	if not events:
		return ZERO
	match aggregation:
		case Aggregation.SUM:
			return total_of(event.quantity for event in events)
		case Aggregation.COUNT:
			return Decimal(len(events))
		case Aggregation.MAX:
			return max(event.quantity for event in events)
		case Aggregation.UNIQUE:
			return Decimal(len({event.unique_value for event in events if event.unique_value is not None}))
		case Aggregation.LAST:
			latest = events[0]
			for event in events:
				if event.occurred_at >= latest.occurred_at:
					latest = event
			return latest.quantity
