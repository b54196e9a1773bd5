"""The values of an event as they are sent: moments, exact quantities, names, properties."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from paygent_billing.core.money import decimals_of

MAX_PROPERTIES_LENGTH = 10_000
MAX_PROPERTIES = 50

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)
_NOT_ALLOWED = re.compile("[\x00-\x1f\x7f<>\ud800-\udfff]")
_RFC_3339 = re.compile(
	r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-]\d\d:\d\d))", re.ASCII
)


def read_moment(value: object) -> datetime:
	"""The moment of an RFC 3339 text. ValueError when it is none, or has no zone."""
	found = _RFC_3339.fullmatch(value) if isinstance(value, str) and len(value) < 50 else None
	if not found:
		raise ValueError("must be a time with a zone, such as 2026-01-31T23:59:59Z")
	day, clock, fraction, utc, offset = found.groups()
	if not "1970" <= day[:4] < "2200":
		raise ValueError("must be a time from 1970 to 2199")
	try:
		return datetime.fromisoformat(
			f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{'+00:00' if utc else offset}"
		)
	except ValueError:
		raise ValueError("must be a time that exists, such as 2026-01-31T23:59:59Z") from None


def read_quantity(value: object) -> Decimal:
	"""An exact quantity below 10^12 with at most nine decimals, from a number or text. ValueError says why
	not.
	"""
	if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
		raise ValueError("must be a number")
	if isinstance(value, str) and (len(value) > 40 or not value.isascii() or "_" in value):
		raise ValueError("must be a number")
	try:
		number = Decimal(repr(value) if isinstance(value, float) else value)
	except InvalidOperation:
		raise ValueError("must be a number") from None
	if not number.is_finite() or number.adjusted() >= 12:
		raise ValueError("must be a number below 10^12")
	if decimals_of(number) > 9:
		raise ValueError("must have at most nine decimals")
	return number if number else Decimal(0)


def read_name(value: object) -> object:
	"""The name, when it is fit to be one; what is no text is left for the schema to refuse."""
	if isinstance(value, str) and (_NOT_ALLOWED.search(value) or value != value.strip()):
		raise ValueError("must not hold control characters, < or >, nor begin or end with a space")
	return value


def read_properties(value: object) -> str | None:
	"""The properties as JSON with sorted keys; None for none."""
	if value is None or value == {}:
		return None
	if not isinstance(value, dict) or len(value) > MAX_PROPERTIES:
		raise ValueError(f"must be an object with at most {MAX_PROPERTIES} properties")
	plain = {_property_name(name): _property(content) for name, content in value.items()}
	text = json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
	if len(text) > MAX_PROPERTIES_LENGTH:
		raise ValueError(f"must be at most {MAX_PROPERTIES_LENGTH} characters long")
	return text


def _property_name(name: object) -> str:
	if not isinstance(name, str) or not 0 < len(name) <= 140 or _NOT_ALLOWED.search(name) or '"' in name:
		raise ValueError("must have names of 1 to 140 ordinary characters")
	return name


def _property(value: object) -> object:
	if value is None or isinstance(value, bool):
		return value
	if isinstance(value, str):
		if re.search("[\x00\ud800-\udfff]", value):
			raise ValueError("must hold only characters that exist, and no NUL")
		return value
	if isinstance(value, (int, float, Decimal)):
		return _plain_number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
	raise ValueError("must be text, numbers, true, false or null, not lists or objects")


def _plain_number(number: Decimal) -> int | float:
	if not number.is_finite() or number.adjusted() >= 15 or Decimal(repr(float(number))) != number:
		raise ValueError("must have numbers of at most 15 digits; write longer ones as text")
	return int(number) if number == number.to_integral_value() else float(number)


def milliseconds_of(moment: datetime) -> int:
	"""The moment as whole milliseconds since 1970 in UTC, exactly, also before 1970."""
	return (moment - _EPOCH) // _MILLISECOND
