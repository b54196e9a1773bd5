"""A wallet's lots, read under lock, so that no two draws spend the same credits."""

from __future__ import annotations

import frappe
from frappe.query_builder import Case
from pypika.functions import Cast, Max, Min, Sum

from paygent_billing.core.wallet import Lot, LotSource, Rollover
from paygent_billing.services.numbers import day, exact, sum_as_text

Entry = frappe.qb.DocType("Wallet Entry")


def wallet_of(customer: str, currency: str, *, for_update: bool = False) -> str | None:
	"""The name of the customer's wallet in the currency, or None; locked until the transaction ends if
	asked.
	"""
	filters = {"customer": customer, "currency": currency}
	return frappe.db.get_value("Prepaid Wallet", filters, "name", for_update=for_update)


def lots_of(customer: str, currency: str) -> tuple[Lot, ...]:
	"""The lots of the customer's wallet that hold anything. Locks the wallet and reads what is committed
	now.
	"""
	wallet = wallet_of(customer, currency, for_update=True)
	return lots_in(wallet) if wallet else ()


def lots_in(wallet: str, *, of_invoice: str | None = None) -> tuple[Lot, ...]:
	"""The wallet's lots that hold anything, or those that the invoice granted."""
	query = (
		frappe.qb.from_(Entry)
		.select(
			Entry.lot,
			Min(Entry.name).as_("sequence"),
			Cast(Sum(Entry.available), "CHAR").as_("available"),
			Cast(Sum(Entry.pending), "CHAR").as_("pending"),
			Max(Entry.source).as_("source"),
			Max(Entry.billing_order).as_("billing_order"),
			Max(Entry.order_line).as_("order_line"),
			Max(Entry.period_end).as_("period_end"),
			Max(Entry.expires).as_("expires"),
			Max(Entry.rollover).as_("rollover"),
			Max(Entry.rollover_cap).as_("rollover_cap"),
			Max(Case().when(Entry.kind == "roll_over", 1).else_(0)).as_("is_rolled"),
		)
		.where(Entry.wallet == wallet)
		.groupby(Entry.lot)
		.having((Sum(Entry.available) != 0) | (Sum(Entry.pending) != 0))
		.for_update()
	)
	if of_invoice:
		granted = frappe.qb.DocType("Wallet Entry")
		names = (
			frappe.qb.from_(granted)
			.select(granted.lot)
			.where(granted.sales_invoice == of_invoice)
			.where(granted.kind == "grant")
			.run(pluck=True)
		)
		query = query.where(Entry.lot.isin(names or [""]))
	return tuple(_lot(row) for row in query.run(as_dict=True))


def _lot(row: frappe._dict) -> Lot:
	return Lot(
		id=row.lot,
		sequence=row.sequence,
		source=LotSource(row.source or "granted"),
		available=sum_as_text(row.available),
		pending=sum_as_text(row.pending),
		order=row.billing_order,
		line=row.order_line,
		period_end=day(row.period_end),
		expires=day(row.expires),
		rollover=rollover_from(row.rollover, row.rollover_cap),
		is_rolled=bool(row.is_rolled),
	)


def rollover_from(kind: str | None, cap: object) -> Rollover:
	"""The rollover that an entry carries."""
	if kind == "All":
		return Rollover(None)
	return Rollover(exact(cap) if kind == "Capped" else exact(0))
