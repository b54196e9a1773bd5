"""What an order must come to, counted day by day: slow, naive, and without a line of the engine's invoicing.

Each fee is a box of days: a day that is charged holds the money it cost (an exact fraction). A change
takes the days from then on out of the box, gives their money back and puts them in at the new price; a
pause or end takes them out (and gives back only if the order says so); a billing date puts in what is not
there yet.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache, cached_property

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
	"""Prices as text. `months` is the plan's own interval on an order by month; None follows the order."""

	name: str
	platform: str
	seat: str
	rate: str
	over_100: str
	minimum: str = "0"
	setup: str = "0"
	in_arrears: bool = False
	months: int | None = None


@dataclass(frozen=True)
class Agreed:
	"""What a line costs from a day on; None after it is removed."""

	plan: Plan
	seats: int


def same_fee(fee: str, one: Agreed | None, other: Agreed | None) -> bool:
	"""Whether the fee is the same under both, so that a change from one to the other leaves it alone."""
	if one is None or other is None:
		return False
	prices = [
		(agreed.plan.platform if fee == "platform" else (agreed.plan.seat, agreed.seats))
		for agreed in (one, other)
	]
	return prices[0] == prices[1] and one.plan.months == other.plan.months and not other.plan.in_arrears


@dataclass(frozen=True)
class Grid:
	"""The billing days of an order: every `months` months on `billing_day`, or every `days` days."""

	start: date
	billing_day: int = 1
	months: int = 1
	days: int = 0

	@cached_property
	def anchor(self) -> date:
		day = self.start
		while not self.days and day.day != clamped(day, self.billing_day):
			day += ONE_DAY
		return day

	def has(self, day: date, months: int | None = None) -> bool:
		anchor = self.anchor
		if self.days:
			return (day - anchor).days % self.days == 0
		apart = (day.year - anchor.year) * 12 + day.month - anchor.month
		return day.day == clamped(day, self.billing_day) and apart % (months or self.months) == 0

	def full(self, day: date, months: int | None = None) -> tuple[date, date]:
		return full_period(self, day, months)


@cache
def full_period(grid: Grid, day: date, months: int | None) -> tuple[date, date]:
	"""From the billing day on or before the day to the one after it."""
	first, last = day, day + ONE_DAY
	while not grid.has(first, months):
		first -= ONE_DAY
	while not grid.has(last, months):
		last += ONE_DAY
	return first, last


def clamped(day: date, billing_day: int) -> int:
	return min(billing_day, calendar.monthrange(day.year, day.month)[1])


def round_half_up(amount: Fraction, decimals: int) -> Decimal:
	exact = Decimal(amount.numerator) / Decimal(amount.denominator)
	return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def per_unit_tiers(quantity: int, plan: Plan) -> Fraction:
	"""One unit after the other: the first hundred at `rate`, the others at `over_100`."""
	total = Fraction(0)
	for unit in range(1, quantity + 1):
		total += Fraction(plan.rate) if unit <= 100 else Fraction(plan.over_100)
	return total


@dataclass
class Oracle:
	"""Live it through `agree`, `pause`, `resume`, `end`, `use` and `bill`, in the order of the days."""

	grid: Grid
	returns_paused_days: bool = False
	returns_ended_days: bool = False
	decimals: int = 2
	agreed: dict[str, dict[date, Agreed | None]] = field(default_factory=lambda: defaultdict(dict))
	pauses: list[list[date | None]] = field(default_factory=list)
	last_day: date | None = None
	billed_on: date | None = None
	advance_until: date | None = None
	box: dict[tuple[str, str], dict[date, Fraction]] = field(default_factory=lambda: defaultdict(dict))
	fees: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
	has_setup: set[str] = field(default_factory=set)
	used: dict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))

	# what happens

	def agree(self, day: date, line: str, agreed: Agreed | None) -> None:
		before = self._on(line, day)
		self.agreed[line][day] = agreed
		for fee in ("platform", "seats"):
			if day in self.box[line, fee] and same_fee(fee, before, agreed):
				continue
			self._take_out(line, fee, day, is_returned=True)
			if self._is_billed_for(day):
				self._put_in(line, fee, day)
		if self._is_billed_for(day):
			self._charge_setup(line)

	def pause(self, day: date) -> None:
		self.pauses.append([day, None])
		self._take_all_out(day, is_returned=self.returns_paused_days)

	def resume(self, day: date) -> None:
		self.pauses[-1][1] = day

	def end(self, last_day: date) -> None:
		self.last_day = last_day
		self._take_all_out(last_day + ONE_DAY, is_returned=self.returns_ended_days)

	def use(self, day: date, line: str, quantity: int) -> None:
		self.used[line, day] += quantity

	def bill(self, today: date) -> None:
		day = self.grid.start if self.billed_on is None else self.billed_on + ONE_DAY
		while day <= today:
			if self._is_billing_date(day):
				self._bill_date(day)
			day += ONE_DAY

	# what it comes to

	def fee_total(self, line: str, fee: str) -> Fraction:
		"""All that the fee cost so far; in arrears, once the order is over."""
		return self.fees[line, fee] + (self._arrears(line, fee) if fee != "setup" else 0)

	def usage_parts(self) -> dict[tuple[str, str, date], tuple[int, Decimal]]:
		"""Quantity and amount of usage, and top-up of a minimum, by line, charge and first day."""
		parts: dict[tuple[str, str, date], tuple[int, Decimal]] = {}
		for line in self.agreed:
			for days in self._stretches(line):
				parts.update(self._rate(line, days))
		return parts

	# days

	def _serves(self, day: date) -> bool:
		if day < self.grid.start or (self.last_day and day > self.last_day):
			return False
		return not any(
			start <= day and (end is None or day < end) for start, end in self.pauses if start != end
		)

	def _is_billing_date(self, day: date) -> bool:
		return self._serves(day) and (self.grid.has(day) or not self._serves(day - ONE_DAY))

	def _on(self, line: str, day: date) -> Agreed | None:
		known = [since for since in self.agreed[line] if since <= day]
		return self.agreed[line][max(known)] if known else None

	def _price(self, line: str, fee: str, day: date) -> Fraction:
		"""The fee's price of one day of service."""
		agreed = self._on(line, day)
		if agreed is None:
			return Fraction(0)
		first, last = self.grid.full(day, agreed.plan.months)
		whole = (
			Fraction(agreed.plan.platform) if fee == "platform" else agreed.seats * Fraction(agreed.plan.seat)
		)
		return whole / (last - first).days

	# the boxes

	def _is_billed_for(self, day: date) -> bool:
		"""Whether the billing date of the stretch in which the day lies has been billed."""
		if self.advance_until is None or self.billed_on is None or not self._serves(day):
			return False
		first = day
		while self._serves(first - ONE_DAY) and first > self.billed_on:
			first -= ONE_DAY
		return first <= self.billed_on and day < self.advance_until

	def _take_all_out(self, day: date, *, is_returned: bool) -> None:
		for line, fee in list(self.box):
			self._take_out(line, fee, day, is_returned=is_returned)

	def _take_out(self, line: str, fee: str, day: date, *, is_returned: bool) -> None:
		box = self.box[line, fee]
		for charged in [known for known in box if known >= day]:
			money = box.pop(charged)
			if is_returned:
				self.fees[line, fee] -= money

	def _put_in(self, line: str, fee: str, day: date) -> None:
		"""Charges the day and those that follow, up to the end of the plan's own period or of the service."""
		agreed = self._on(line, day)
		if agreed is None or agreed.plan.in_arrears:
			return
		last = self.grid.full(day, agreed.plan.months)[1]
		while day < last and self._serves(day) and self._on(line, day) == agreed:
			self.box[line, fee][day] = self._price(line, fee, day)
			self.fees[line, fee] += self._price(line, fee, day)
			day += ONE_DAY

	def _bill_date(self, day: date) -> None:
		last = self.grid.full(day)[1]
		self.billed_on = self.advance_until = day
		while self.advance_until < last and self._serves(self.advance_until):
			for line in self.agreed:
				for fee in ("platform", "seats"):
					if self.advance_until not in self.box[line, fee]:
						self._put_in(line, fee, self.advance_until)
				if self._on(line, self.advance_until):
					self._charge_setup(line)
			self.advance_until += ONE_DAY

	def _charge_setup(self, line: str) -> None:
		first = self.agreed[line][min(self.agreed[line])]
		if line not in self.has_setup and first is not None:
			self.has_setup.add(line)
			self.fees[line, "setup"] += Fraction(first.plan.setup)

	def _arrears(self, line: str, fee: str) -> Fraction:
		total, day = Fraction(0), self.grid.start
		while self.last_day and day <= self.last_day:
			agreed = self._on(line, day)
			if self._serves(day) and agreed and agreed.plan.in_arrears:
				total += self._price(line, fee, day)
			day += ONE_DAY
		return total

	# usage

	def _stretches(self, line: str) -> list[list[date]]:
		"""The days of service, in stretches of one plan between two billing dates."""
		stretches: list[list[date]] = []
		day, before = self.grid.start, None
		while self.last_day and day <= self.last_day:
			agreed = self._on(line, day) if self._serves(day) else None
			plan = agreed.plan if agreed else None
			if plan and (plan != before or self.grid.has(day)):
				stretches.append([])
			if plan:
				stretches[-1].append(day)
			before = plan
			day += ONE_DAY
		return stretches

	def _rate(self, line: str, days: list[date]) -> dict[tuple[str, str, date], tuple[int, Decimal]]:
		agreed = self._on(line, days[0])
		assert agreed is not None
		quantity = sum(self.used[line, day] for day in days)
		amount = round_half_up(per_unit_tiers(quantity, agreed.plan), self.decimals)
		parts = {(line, "calls", days[0]): (quantity, amount)} if quantity else {}
		first, last = self.grid.full(days[0])
		committed = round_half_up(
			Fraction(agreed.plan.minimum) * len(days) / (last - first).days, self.decimals
		)
		if committed > amount:
			parts[line, "commit", days[0]] = (1, committed - amount)
		return parts
