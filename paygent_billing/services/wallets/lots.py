"""Lots as rows of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe.utils import now

from paygent_billing.core.money import ZERO
from paygent_billing.core.wallet import Lot, LotSource, Rollover
from paygent_billing.services.numbers import day, sum_as_text

#: What is read of a lot, amounts as text so that no float comes between.
COLUMNS = (
	"lot.name, lot.sequence, lot.source, cast(lot.available as char) available,"
	" cast(lot.pending as char) pending, cast(lot.granted as char) granted, lot.billing_order,"
	" lot.order_line, lot.period_end, lot.expires, lot.rollover, cast(lot.rollover_cap as char) rollover_cap,"
	" lot.is_rolled, lot.company"
)
_WRITTEN = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"wallet",
	"currency",
	"source",
	"sequence",
	"granted",
	"available",
	"pending",
	"is_open",
	"is_rolled",
	"company",
	"billing_order",
	"order_line",
	"period_end",
	"expires",
	"rollover",
	"rollover_cap",
	"sales_invoice",
	"reason",
)
_MOVED = ("available", "pending", "is_open", "is_rolled", "modified")


@dataclass(frozen=True)
class HeldLot:
	"""A lot with where it comes from: the company that sold it (None: granted), the invoice, the reason."""

	lot: Lot
	company: str | None = None
	sales_invoice: str | None = None
	reason: str | None = None

	@property
	def last_day(self) -> date | None:
		"""The last day on which its credits are sure to be worth something; None where no date is known."""
		ends = [self.lot.expires] if self.lot.expires else []
		if self.lot.period_end and not self.lot.is_rolled and self.lot.rollover.cap is not None:
			ends.append(self.lot.period_end)
		return min(ends) - timedelta(days=1) if ends else None


def new_lot(name: str, source: LotSource, **terms: object) -> Lot:
	"""A lot that holds nothing yet."""
	return Lot(name, 0, source, **terms)


def lots_of_invoice(invoice: str) -> list[HeldLot]:
	"""The lots that came with the invoice, also empty ones, as they are now."""
	return _read("lot.sales_invoice = %s", invoice)


def lots_named(names: Iterable[str]) -> list[HeldLot]:
	"""The lots with these names, as they are now."""
	wanted = sorted(set(names))
	return _read("lot.name in %s", tuple(wanted)) if wanted else []


def _read(condition: str, value: object) -> list[HeldLot]:
	rows = frappe.db.sql(
		f"select {COLUMNS}, lot.sales_invoice from `tabCredit Lot` lot where {condition}"
		" order by lot.sequence for update",
		(value,),
		as_dict=True,
	)
	return [held_lot(row) for row in rows]


def held_lot(row: frappe._dict) -> HeldLot:
	"""The lot of a row with the columns `COLUMNS`."""
	lot = Lot(
		id=row.name,
		sequence=row.sequence,
		source=LotSource(row.source),
		available=sum_as_text(row.available),
		pending=sum_as_text(row.pending),
		granted=sum_as_text(row.granted),
		order=row.billing_order,
		line=row.order_line,
		period_end=day(row.period_end),
		expires=day(row.expires),
		rollover=_rollover(row),
		is_rolled=bool(row.is_rolled),
	)
	return HeldLot(lot, row.company or None, row.get("sales_invoice"))


def _rollover(row: frappe._dict) -> Rollover:
	if row.rollover == "All":
		return Rollover(None)
	return Rollover(sum_as_text(row.rollover_cap) if row.rollover == "Capped" else ZERO)


def write_lots(wallet: str, currency: str, held: Iterable[HeldLot]) -> None:
	"""Writes new lots, and the balances of known ones, in one statement."""
	rows = [_values(wallet, currency, one) for one in held]
	if not rows:
		return
	marks = "(" + ", ".join(["%s"] * len(_WRITTEN)) + ")"
	moved = ", ".join(f"`{column}` = values(`{column}`)" for column in _MOVED)
	frappe.db.sql(
		f"insert into `tabCredit Lot` ({', '.join(f'`{column}`' for column in _WRITTEN)})"
		f" values {', '.join([marks] * len(rows))} on duplicate key update {moved}",
		[value for row in rows for value in (row[column] for column in _WRITTEN)],
	)


def _values(wallet: str, currency: str, held: HeldLot) -> Mapping[str, object]:
	lot, moment, user = held.lot, now(), frappe.session.user
	cap = lot.rollover.cap
	return {
		"name": lot.id,
		"creation": moment,
		"modified": moment,
		"owner": user,
		"modified_by": user,
		"wallet": wallet,
		"currency": currency,
		"source": lot.source.value,
		"sequence": lot.sequence,
		"granted": lot.granted,
		"available": lot.available,
		"pending": lot.pending,
		"is_open": int(bool(lot.available or lot.pending)),
		"is_rolled": int(lot.is_rolled),
		"company": held.company,
		"billing_order": lot.order,
		"order_line": lot.line,
		"period_end": lot.period_end,
		"expires": lot.expires,
		"rollover": "All" if cap is None else "Capped" if cap else "None",
		"rollover_cap": cap or Decimal(0),
		"sales_invoice": held.sales_invoice,
		"reason": held.reason,
	}
