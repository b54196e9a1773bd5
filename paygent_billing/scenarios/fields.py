"""The kinds of values that a scenario file has, as pydantic reads them from text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from paygent_billing.core.money import parse_decimal
from paygent_billing.core.wallet import NO_ROLLOVER, Rollover

FIRST_YEAR, LAST_YEAR = 1970, 2500


class Strict(BaseModel):
	"""A part of the file; keys that it does not know are refused."""

	model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def read_text(value: Any) -> str:
	if isinstance(value, bool):
		raise ValueError(f"{str(value).lower()} is no text: quote it")
	if not isinstance(value, str) or not value.strip():
		raise ValueError("it must be text, and not empty")
	return value


def read_number(value: Any) -> Decimal:
	if isinstance(value, Decimal):
		return value
	return parse_decimal(_scalar(value, 'a number such as "9.90"'))


def read_not_negative(value: Any) -> Decimal:
	number = read_number(value)
	if number < 0:
		raise ValueError(f"{value} is negative: it must be 0 or more")
	return number


def read_positive(value: Any) -> Decimal:
	number = read_number(value)
	if number <= 0:
		raise ValueError(f"{value} is not above 0")
	return number


def read_price(value: Any) -> Decimal:
	number = read_number(value)
	if number < 0:
		raise ValueError(f"{value} is negative: a price cannot be negative")
	return number


def read_whole(value: Any) -> int:
	if isinstance(value, int) and not isinstance(value, bool):
		return value
	text = _scalar(value, "a whole number")
	if not text.removeprefix("-").isdecimal() or len(text) > 9:
		raise ValueError(f"{text} is no whole number")
	return int(text)


def read_count(value: Any) -> int:
	number = read_whole(value)
	if number < 0:
		raise ValueError(f"{number} is negative: it must be 0 or more")
	return number


def read_flag(value: Any) -> bool:
	if not isinstance(value, bool):
		raise ValueError(f"it must be true or false, not {value}")
	return value


def read_day(value: Any) -> date:
	if type(value) is date:
		return value
	text = _scalar(value, "a date such as 2026-01-31")
	if len(text) != 10:
		raise ValueError(f"{text} is no date: write it as 2026-01-31")
	try:
		return _in_range(date.fromisoformat(text))
	except ValueError as error:
		raise ValueError(f"{text} is no date: {error}") from None


def read_moment(value: Any, info: ValidationInfo) -> datetime:
	"""The moment; without a zone it is one on the clock of the scenario's zone (`context["zone"]`)."""
	text = _scalar(value, "a time such as 2026-01-31T09:00:00")
	if len(text) < 16:
		raise ValueError(f"{text} is no time: write it as 2026-01-31T09:00:00")
	try:
		moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
		_in_range(moment.date())
	except ValueError as error:
		raise ValueError(f"{text} is no time: {error}") from None
	zone: ZoneInfo = (info.context or {})["zone"]
	return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_rollover(value: Any) -> Rollover:
	"""none, all or {capped: amount}."""
	if isinstance(value, Rollover):
		return value
	if value is None or value == "none":
		return NO_ROLLOVER
	if value == "all":
		return Rollover(None)
	if isinstance(value, dict) and list(value) == ["capped"]:
		return Rollover(read_not_negative(value["capped"]))
	raise ValueError('it must be none, all or {capped: "20.00"}')


def _in_range(day: date) -> date:
	if not FIRST_YEAR <= day.year <= LAST_YEAR:
		raise ValueError(f"years from {FIRST_YEAR} to {LAST_YEAR} are possible")
	return day


def _scalar(value: Any, expected: str) -> str:
	if not isinstance(value, str) or not value.strip():
		raise ValueError(f"it must be {expected}")
	return value.strip()


Text = Annotated[str, BeforeValidator(read_text)]
Number = Annotated[Decimal, BeforeValidator(read_number)]
NotNegative = Annotated[Decimal, BeforeValidator(read_not_negative)]
Positive = Annotated[Decimal, BeforeValidator(read_positive)]
PriceNumber = Annotated[Decimal, BeforeValidator(read_price)]
Whole = Annotated[int, BeforeValidator(read_whole)]
Count = Annotated[int, BeforeValidator(read_count)]
Flag = Annotated[bool, BeforeValidator(read_flag)]
Day = Annotated[date, BeforeValidator(read_day)]
Moment = Annotated[datetime, BeforeValidator(read_moment)]
RolloverValue = Annotated[Rollover, BeforeValidator(read_rollover)]
