"""How far an order is billed: what the next run must know of those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing.terms import ChargeType, Timing
from paygent_billing.core.money import ZERO
from paygent_billing.core.period import Period

#: Line, charge and timing: a charge that a change moves from arrears to advance is billed for both.
FeeKey = tuple[str, str, Timing]


@dataclass(frozen=True)
class FeeInForce:
	"""What was last billed for a line's fee, frozen: credits for later changes are computed from it.

	`price` is the price of the `full` period, of which `served` was billed.
	"""

	type: ChargeType
	served: Period
	full: Period
	price: Decimal
	quantity: Decimal
	plan: str | None = None
	credits: Decimal = ZERO


@dataclass(frozen=True)
class OrderPosition:
	"""The date up to which the order is billed, how many billing dates that were, and the fees in force.

	`paid_until` is the end of the last period whose advance fees are billed. `has_setup` names the lines
	whose setup fee is billed, `thresholds` counts the threshold invoices that were ever made.
	"""

	billed_on: date | None = None
	paid_until: date | None = None
	steps: int = 0
	is_closed: bool = False
	fees: Mapping[FeeKey, FeeInForce] = field(default_factory=dict)
	has_setup: frozenset[str] = frozenset()
	thresholds: int = 0

	def billed_until(self, key: FeeKey) -> date:
		"""The day up to which the fee is billed; long ago when it never was."""
		fee = self.fees.get(key)
		return fee.served.end if fee else date.min

	def with_fees(self, fees: Mapping[FeeKey, FeeInForce | None]) -> OrderPosition:
		"""The position with these fees in force; None ends one."""
		merged = {**self.fees, **fees}
		return replace(self, fees={key: fee for key, fee in merged.items() if fee is not None})

	def to_json(self) -> dict[str, Any]:
		"""Plain values, from which `from_json` makes the same position."""
		return {
			"billed_on": _iso(self.billed_on),
			"paid_until": _iso(self.paid_until),
			"steps": self.steps,
			"is_closed": self.is_closed,
			"has_setup": sorted(self.has_setup),
			"thresholds": self.thresholds,
			"fees": [_fee_to_json(key, fee) for key, fee in sorted(self.fees.items())],
		}

	@classmethod
	def from_json(cls, stored: Mapping[str, Any] | None) -> OrderPosition:
		"""The position that `to_json` stored; of nothing, that of an order that was never billed."""
		if not stored:
			return cls()
		return cls(
			billed_on=_date(stored["billed_on"]),
			paid_until=_date(stored["paid_until"]),
			steps=stored["steps"],
			is_closed=stored["is_closed"],
			has_setup=frozenset(stored["has_setup"]),
			thresholds=stored.get("thresholds", 0),
			fees=dict(_fee_from_json(row) for row in stored["fees"]),
		)


def _iso(day: date | None) -> str | None:
	return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
	return date.fromisoformat(text) if text else None


def _fee_to_json(key: FeeKey, fee: FeeInForce) -> dict[str, Any]:
	return {
		"line": key[0],
		"charge": key[1],
		"timing": key[2].value,
		"type": fee.type.value,
		"served": [_iso(fee.served.start), _iso(fee.served.end)],
		"full": [_iso(fee.full.start), _iso(fee.full.end)],
		"price": str(fee.price),
		"quantity": str(fee.quantity),
		"plan": fee.plan,
		"credits": str(fee.credits),
	}


def _fee_from_json(row: Mapping[str, Any]) -> tuple[FeeKey, FeeInForce]:
	fee = FeeInForce(
		type=ChargeType(row["type"]),
		served=_period(row["served"]),
		full=_period(row["full"]),
		price=Decimal(row["price"]),
		quantity=Decimal(row["quantity"]),
		plan=row["plan"],
		credits=Decimal(row["credits"]),
	)
	return (row["line"], row["charge"], Timing(row["timing"])), fee


def _period(ends: list[str]) -> Period:
	return Period(date.fromisoformat(ends[0]), date.fromisoformat(ends[1]))
