"""Short ways to write contracts down in tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import (
	Charge,
	ChargeType,
	InvoiceLine,
	LineVersion,
	OrderLine,
	OrderTerms,
	Timing,
)
from paygent_billing.core.money import ZERO, Currency
from paygent_billing.core.period import BillingCalendar, Interval, Period, Unit
from paygent_billing.core.pricing import Flat, PerUnit, Price, PricingModel, Tier

USD = Currency("USD", 2)
JPY = Currency("JPY", 0)
KWD = Currency("KWD", 3)

MONTH = Interval(Unit.MONTH, 1)
QUARTER = Interval(Unit.MONTH, 3)
YEAR = Interval(Unit.YEAR, 1)
WEEK = Interval(Unit.WEEK, 1)
DAY = Interval(Unit.DAY, 1)


def day(text: str) -> date:
	return date.fromisoformat(text)


def period(start: str, end: str) -> Period:
	"""The half-open period between two ISO dates."""
	return Period(day(start), day(end))


def tier(up_to: str | None, rate: str = "0", flat: str = "0") -> Tier:
	return Tier(None if up_to is None else Decimal(up_to), Decimal(rate), Decimal(flat))


def platform(price: str, charge: str = "platform", **fields: Any) -> Charge:
	fields["credits"] = Decimal(fields.get("credits", "0"))
	return Charge(charge, ChargeType.PLATFORM_FEE, Price(Flat(Decimal(price))), **fields)


def seats(rate: str, charge: str = "seats", **fields: Any) -> Charge:
	fields["credits"] = Decimal(fields.get("credits", "0"))
	return Charge(charge, ChargeType.SEAT_FEE, Price(PerUnit(Decimal(rate))), **fields)


def setup(price: str) -> Charge:
	return Charge("setup", ChargeType.SETUP_FEE, Price(Flat(Decimal(price))))


def usage(model: PricingModel | str, included: str = "0", charge: str = "calls") -> Charge:
	"""A usage charge on the metric `calls`; a text as model is the rate of a unit."""
	made = PerUnit(Decimal(model)) if isinstance(model, str) else model
	price = Price(made, Decimal(included))
	return Charge(charge, ChargeType.USAGE, price, Timing.ARREARS, metric="calls")


def minimum(price: str, charge: str = "commit") -> Charge:
	return Charge(charge, ChargeType.MINIMUM, Price(Flat(Decimal(price))), Timing.ARREARS)


def version(start: date | str, *charges: Charge, **fields: Any) -> LineVersion:
	return LineVersion(day(start) if isinstance(start, str) else start, charges, **fields)


def order(
	start: date | str,
	*charges: Charge,
	interval: Interval = MONTH,
	billing_day: int = 1,
	first_billing_date: date | None = None,
	line: dict[str, Any] | None = None,
	first: dict[str, Any] | None = None,
	**fields: Any,
) -> OrderTerms:
	"""An order with one line L1; `first` are fields of its first version, `line` those of the line."""
	begin = day(start) if isinstance(start, str) else start
	calendar = BillingCalendar.of_order(begin, interval, billing_day, first_billing_date)
	only = OrderLine("L1", "Agent", (version(begin, *charges, **(first or {})),), **(line or {}))
	return OrderTerms(
		**{
			"id": "ORD-1",
			"customer": "Acme",
			"currency": USD,
			"calendar": calendar,
			"start": begin,
			"lines": (only,),
			**fields,
		}
	)


def shown(lines: Iterable[InvoiceLine]) -> list[str]:
	"""Each line as "charge first day..last day quantity amount", the way an invoice prints it."""
	return [_shown(line) for line in lines]


def _shown(line: InvoiceLine) -> str:
	if line.period is None:
		return f"{line.charge} {line.amount}"
	days = f"{line.period.start.isoformat()}..{line.period.last_day.isoformat()}"
	return f"{line.charge} {days} {line.quantity} {line.amount}"


def sum_of(lines: Iterable[InvoiceLine]) -> Decimal:
	return sum((line.amount for line in lines), ZERO)
