"""What a paid or cancelled invoice does to the credits that it granted or drew."""

from __future__ import annotations

from datetime import date

import frappe

from paygent_billing.core.wallet import Entry, EntryKind, Lot, release, reverse
from paygent_billing.services.numbers import exact
from paygent_billing.services.wallets.lots import lots_in
from paygent_billing.services.wallets.post import Cause, post_entries


def release_if_paid(invoice: str, *, paid_by: str, on: date) -> None:
	"""Makes the invoice's pending credits available once nothing of it is outstanding."""
	wallet = _wallet_that_granted(invoice)
	if wallet and _outstanding(invoice) <= 0:
		post_entries(wallet, release(_lots(wallet, invoice)), Cause(f"{paid_by} {invoice}", on, invoice))


def hold_if_unpaid(invoice: str, *, unpaid_by: str, on: date) -> None:
	"""A payment was cancelled: what of the invoice's credits is unspent becomes pending again."""
	wallet = _wallet_that_granted(invoice)
	if wallet and _outstanding(invoice) > 0:
		entries = [_hold(lot) for lot in _lots(wallet, invoice) if lot.available > 0]
		post_entries(wallet, entries, Cause(f"cancelled {unpaid_by} {invoice}", on, invoice))


def undo_invoice(invoice: str, *, on: date) -> None:
	"""The invoice is void: pending credits are taken back, drawn ones returned."""
	for wallet in _wallets_touched_by(invoice):
		cause = Cause(f"void {invoice}", on, invoice)
		post_entries(wallet, reverse(_lots(wallet, invoice)) + _restore(wallet, invoice), cause)


def _hold(lot: Lot) -> Entry:
	return Entry(EntryKind.RELEASE, lot.id, available=-lot.available, pending=lot.available)


def _restore(wallet: str, invoice: str) -> list[Entry]:
	rows = frappe.get_all(
		"Wallet Entry",
		filters={"wallet": wallet, "sales_invoice": invoice, "kind": "draw"},
		fields=["lot", "available"],
		order_by="name asc",
	)
	return [Entry(EntryKind.RESTORE, row.lot, available=-exact(row.available)) for row in rows]


def _lots(wallet: str, invoice: str) -> tuple[Lot, ...]:
	frappe.db.get_value("Prepaid Wallet", wallet, "name", for_update=True)
	return lots_in(wallet, of_invoice=invoice)


def _wallet_that_granted(invoice: str) -> str | None:
	return frappe.db.get_value("Wallet Entry", {"sales_invoice": invoice, "kind": "grant"}, "wallet")


def _wallets_touched_by(invoice: str) -> list[str]:
	return frappe.get_all(
		"Wallet Entry",
		filters={"sales_invoice": invoice},
		distinct=True,
		pluck="wallet",
		order_by="wallet asc",
	)


def _outstanding(invoice: str) -> float:
	return frappe.db.get_value("Sales Invoice", invoice, "outstanding_amount") or 0
