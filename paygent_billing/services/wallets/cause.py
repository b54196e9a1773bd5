"""What moves credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Cause:
	"""A key that counts once, the day, the invoice that it stands on, and a person's reason."""

	key: str
	happened_on: date
	sales_invoice: str | None = None
	reason: str | None = None
