"""A part of a price for a part of its period."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from paygent_billing.core.money import EXACT
from paygent_billing.core.period import Period


@dataclass(frozen=True)
class Share:
	"""`days` of service out of the `of` days of a full period; never less than nothing or more than all."""

	days: int
	of: int

	def __post_init__(self) -> None:
		if not 0 <= self.days <= self.of or self.of < 1:
			raise ValueError(f"{self.days} of {self.of} days is no share of a period")

	@property
	def is_whole(self) -> bool:
		return self.days == self.of

	def apply(self, amount: Decimal) -> Decimal:
		"""The share of the amount, not rounded."""
		if self.is_whole:
			return amount
		return EXACT.divide(EXACT.multiply(amount, Decimal(self.days)), Decimal(self.of))

	def explain(self, price: str) -> str:
		"""How the share was computed: "17 of 31 days x 99.00", or just the price for a whole period."""
		return price if self.is_whole else f"{self.days} of {self.of} days x {price}"


def share_of(served: Period, full: Period) -> Share:
	"""The share that the days of service have in the full period. Depends on nothing but these dates."""
	if served.start < full.start or served.end > full.end:
		raise ValueError(f"{served.start} - {served.end} reaches out of {full.start} - {full.end}")
	return Share(served.days, full.days)


WHOLE = Share(1, 1)
