"""Values of the core as text and JSON, and back."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import InvoiceLine, LineType
from paygent_billing.core.period import Period, period_or_none

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

LINE_COLUMNS = (
	"type",
	"charge",
	"line",
	"agent",
	"start",
	"end",
	"quantity",
	"included",
	"unit_price",
	"amount",
	"credits",
	"explain",
	"description",
)


def utc_text(moment: datetime) -> str:
	"""The moment in UTC; texts of the same width sort as their moments do."""
	return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def optional_date(text: str | None) -> date | None:
	return date.fromisoformat(text) if text else None


def to_json(value: Any) -> str:
	return _ENCODER.encode(value)


def line_values(line: InvoiceLine) -> tuple[str | None, ...]:
	"""The line's columns, in the order of LINE_COLUMNS."""
	period = line.period
	return (
		line.type.value,
		line.charge,
		line.line,
		line.agent,
		period.start.isoformat() if period else None,
		period.end.isoformat() if period else None,
		str(line.quantity),
		str(line.included),
		None if line.unit_price is None else str(line.unit_price),
		str(line.amount),
		str(line.credits),
		line.explain,
		line.description,
	)


def line_json(line: InvoiceLine) -> str:
	return to_json(dict(zip(LINE_COLUMNS, line_values(line), strict=True)))


def line_of(row: Any) -> InvoiceLine:
	"""The line that was stored with the columns of LINE_COLUMNS."""
	return InvoiceLine(
		type=LineType(row["type"]),
		charge=row["charge"],
		amount=Decimal(row["amount"]),
		explain=row["explain"],
		line=row["line"],
		agent=row["agent"],
		period=period_of(row["start"], row["end"]),
		quantity=Decimal(row["quantity"]),
		included=Decimal(row["included"]),
		unit_price=None if row["unit_price"] is None else Decimal(row["unit_price"]),
		credits=Decimal(row["credits"]),
		description=row["description"],
	)


def period_of(start: str | None, end: str | None) -> Period | None:
	if start is None or end is None:
		return None
	return period_or_none(date.fromisoformat(start), date.fromisoformat(end))
