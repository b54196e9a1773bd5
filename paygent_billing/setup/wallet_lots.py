"""Patch: entries that were written before wallets had lots of their own and a chain of proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import frappe

from paygent_billing.core.money import ZERO
from paygent_billing.core.wallet import Balance, Entry, EntryKind, Lot, LotSource, Rollover, after, balance_of
from paygent_billing.services.numbers import day, sum_as_text
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.keys import ensure_one_place
from paygent_billing.services.wallets.lots import HeldLot, write_lots
from paygent_billing.services.wallets.proof import proof_of


def execute() -> None:
	"""Numbers each wallet's older entries in their order, proves them, makes their lots. May run again."""
	if not frappe.db.has_column("Wallet Entry", "period_end"):
		return
	older = "select distinct wallet from `tabWallet Entry` where ifnull(number, 0) = 0"
	for wallet in frappe.db.sql(older, pluck=True):
		_complete(frappe.get_doc("Prepaid Wallet", wallet, for_update=True))
		frappe.db.commit()
	ensure_one_place()


def _complete(wallet: frappe.model.document.Document) -> None:
	rows, proof, balance = list(_rows(wallet.name)), "", Balance()
	lots: dict[str, HeldLot] = {}
	for number, row in enumerate(rows, start=1):
		entry = Entry(
			EntryKind(row.kind), row.lot or "", sum_as_text(row.available), sum_as_text(row.pending)
		)
		if entry.lot and entry.lot not in lots:
			lots[entry.lot] = _lot(row, number)
		if entry.lot:
			held = lots[entry.lot]
			lots[entry.lot] = replace(held, lot=after([held.lot], [entry])[0])
		proof = proof_of(proof, number, entry, Cause(row.cause, day(row.happened_on), reason=row.reason))
		balance = balance_of([Entry(EntryKind.GRANT, "", balance.available, balance.pending), entry])
		values = {"number": number, "proof": proof, "currency": wallet.currency}
		values |= {"available_after": balance.available, "pending_after": balance.pending}
		frappe.db.set_value("Wallet Entry", row.name, values, update_modified=False)
	write_lots(wallet.name, wallet.currency, lots.values())
	chain = {"entry_count": len(rows), "proof": proof}
	frappe.db.set_value("Prepaid Wallet", wallet.name, chain, update_modified=False)


def _rows(wallet: str) -> Iterator[frappe._dict]:
	yield from frappe.db.sql(
		"select *, cast(available as char) available, cast(pending as char) pending,"
		" cast(rollover_cap as char) rollover_cap from `tabWallet Entry` where wallet = %s order by name",
		(wallet,),
		as_dict=True,
	)


def _lot(row: frappe._dict, number: int) -> HeldLot:
	"""The lot that the entry began, with the terms that it bore."""
	cap = {"All": None, "Capped": sum_as_text(row.rollover_cap)}.get(row.rollover, ZERO)
	lot = Lot(
		id=row.lot,
		sequence=number,
		source=LotSource(row.source or "granted"),
		granted=sum_as_text(row.available) + sum_as_text(row.pending),
		order=row.billing_order,
		line=row.order_line,
		period_end=day(row.period_end),
		expires=day(row.expires),
		rollover=Rollover(cap),
	)
	return HeldLot(lot, sales_invoice=row.sales_invoice, reason=row.reason)
