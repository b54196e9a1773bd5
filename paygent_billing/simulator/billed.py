"""What is billed already: periods, and the usage on their invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import BilledUsage, LineType
from paygent_billing.core.money import EXACT, ZERO
from paygent_billing.core.period import Period
from paygent_billing.simulator.rows import period_of
from paygent_billing.simulator.store import Store


def billed_period(store: Store, order: str, day: date) -> Period | None:
	"""The period with that day whose usage is billed, or None."""
	row = store.one(
		"SELECT arrears_start, arrears_end FROM billing_period "
		"WHERE order_id = ? AND arrears_start <= ? AND arrears_end > ?",
		order,
		day.isoformat(),
		day.isoformat(),
	)
	return period_of(*row) if row else None


def billed_usage(store: Store, order: str, period: Period) -> dict[tuple[str, str, Period], BilledUsage]:
	"""What is billed for each charge and stretch that begins in the period, over all its invoices."""
	rows = store.execute(
		"SELECT line, charge, start, end, quantity, amount FROM invoice_line JOIN billing_period "
		"ON billing_period.id = billing WHERE order_id = ? AND start >= ? AND start < ? AND type IN (?, ?)",
		order,
		period.start.isoformat(),
		period.end.isoformat(),
		LineType.USAGE.value,
		LineType.MINIMUM.value,
	)
	found: dict[tuple[str, str, Period], BilledUsage] = {}
	for row in rows:
		key = row["line"], row["charge"], _period(row)
		known = found.get(key, BilledUsage(ZERO, ZERO))
		found[key] = BilledUsage(
			EXACT.add(known.quantity, Decimal(row["quantity"])),
			EXACT.add(known.amount, Decimal(row["amount"])),
		)
	return found


def _period(row: Any) -> Period:
	return Period(date.fromisoformat(row["start"]), date.fromisoformat(row["end"]))
