"""What a paid or cancelled invoice does to the credits that it granted or drew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import frappe
from frappe.utils import getdate, nowdate

from paygent_billing.core.wallet import Entry, EntryKind, Lot, release, reverse
from paygent_billing.services.numbers import exact
from paygent_billing.services.wallets.lots import lots_in
from paygent_billing.services.wallets.post import Cause, post_entries

#: Journal Entries that settle an invoice without money.
WITHOUT_MONEY = ("Write Off Entry", "Credit Note")


@dataclass(frozen=True)
class Settlement:
	"""What last changed how much of an invoice is outstanding."""

	voucher: str
	on: date
	is_money: bool


def settle_invoice(invoice: str) -> None:
	"""Makes the credits that the invoice granted follow what is outstanding of it.

	Paid: what is pending becomes available. Written off: it is taken back. Unpaid again: what is unspent
	becomes pending again.
	"""
	wallet = _wallet_that_granted(invoice)
	if not wallet:
		return
	lots, settlement = _lots(wallet, invoice), _last_settlement(invoice)
	if _outstanding(invoice) > 0:
		entries = [_hold(lot) for lot in lots if lot.available > 0]
	else:
		entries = release(lots) if settlement.is_money else reverse(lots)
	post_entries(wallet, entries, Cause(_key(settlement, invoice), settlement.on, invoice))


def _last_settlement(invoice: str) -> Settlement:
	"""The newest entry of the payment ledger against the invoice; the invoice itself when there is none."""
	newest = frappe.get_all(
		"Payment Ledger Entry",
		filters={"against_voucher_no": invoice, "voucher_no": ["!=", invoice], "delinked": 0},
		fields=["voucher_type", "voucher_no", "posting_date"],
		order_by="creation desc, name desc",
		limit=1,
	)
	if not newest:
		return Settlement(invoice, getdate(nowdate()), True)
	row = newest[0]
	return Settlement(row.voucher_no, getdate(row.posting_date), _is_money(row.voucher_type, row.voucher_no))


def _is_money(doctype: str, name: str) -> bool:
	if doctype == "Journal Entry":
		return frappe.db.get_value(doctype, name, "voucher_type") not in WITHOUT_MONEY
	return doctype != "Sales Invoice"


def _key(settlement: Settlement, invoice: str) -> str:
	"""The same voucher may settle the invoice again, after it was taken off it: each time counts once."""
	moved = frappe.db.count("Wallet Entry", {"sales_invoice": invoice})
	return f"{settlement.voucher} {invoice} {moved}"


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
