"""What a paid, written-off or cancelled invoice does to the credits that it brought or drew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.core.wallet import Entry, EntryKind, Lot, LotSource, after, release, reverse
from paygent_billing.services.invoices.own_credit import is_own_credit
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.wallets.account import WalletAccount, open_named, open_wallet
from paygent_billing.services.wallets.breakage import release_write_off
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import lots_named, lots_of_invoice

#: Journal Entries that settle an invoice without money.
WITHOUT_MONEY = ("Write Off Entry", "Credit Note")


@dataclass(frozen=True)
class Settlement:
	"""What last changed how much of an invoice is outstanding."""

	voucher_type: str
	voucher: str
	on: date
	is_money: bool


def settle_invoice(invoice: str) -> None:
	"""Makes the credits that came with the invoice follow what is outstanding of it.

	Paid: what is pending becomes available. Written off: it is taken back. Unpaid again: what is unspent
	becomes pending again, and so does what a write-off took back.
	"""
	wallet = _wallet_with_lots(invoice)
	if wallet is None:
		return
	lots, settlement = _lots_of(wallet, invoice), last_settlement(invoice)
	if _outstanding(invoice) > 0:
		entries = [_hold(lot) for lot in lots if lot.available > 0] + _reopened(invoice, lots)
	else:
		entries = release(lots) if settlement.is_money else reverse(lots)
	if not entries:
		return
	wallet.post(entries, Cause(_key(settlement, invoice), settlement.on, invoice))
	_follow_in_ledger(wallet, entries, settlement)


def undo_invoice(invoice: str, *, on: date) -> None:
	"""The invoice is void: its credits are taken back, drawn ones returned, its overage was none."""
	for name in _wallets_touched_by(invoice):
		wallet = open_named(name)
		wallet.add(lots_of_invoice(invoice))
		entries = _taken_whole(_lots_of(wallet, invoice))
		entries += restored(wallet, invoice) + _overage_undone(name, invoice)
		wallet.post(entries, Cause(f"void {invoice}", on, invoice))


def refuse_void_of_spent(invoice: str) -> None:
	"""Refuses when credits that the invoice sold are not all there: the ledger would lose them twice."""
	wallet = _wallet_with_lots(invoice)
	for lot in _lots_of(wallet, invoice) if wallet else []:
		if lot.source is LotSource.BOUGHT and EXACT.add(lot.available, lot.pending) < lot.granted:
			frappe.throw(
				_(
					"Credits of {0} are spent, expired or refunded, and it cannot be void. Mark it as"
					" uncollectible, or make the invoices void first that drew them."
				).format(invoice)
			)


def restored(wallet: WalletAccount, invoice: str) -> list[Entry]:
	"""The entries that put back what the invoice drew; their lots are in hand then. What belongs to a
	purchase or fee that is unpaid by now waits for its payment.
	"""
	rows = _entries(wallet.name, invoice, EntryKind.DRAW)
	wallet.add(one for one in lots_named(row.lot for row in rows) if one.lot.id not in wallet.held)
	return [_put_back(wallet, row.lot, -sum_as_text(row.available)) for row in rows]


def _put_back(wallet: WalletAccount, lot: str, amount: Decimal) -> Entry:
	source = wallet.held[lot].sales_invoice
	if source and _outstanding(source) > 0:
		return Entry(EntryKind.RESTORE, lot, pending=amount)
	return Entry(EntryKind.RESTORE, lot, available=amount)


def _follow_in_ledger(wallet: WalletAccount, entries: list[Entry], settlement: Settlement) -> None:
	"""A credit note takes bought credits out of the liability itself; a write-off leaves them there."""
	if settlement.voucher_type == "Sales Invoice":
		return
	for company, amount in wallet.bought_by_company(entries, EntryKind.REVERSE).items():
		if amount:
			release_write_off(wallet, company, amount, on=settlement.on)


def _reopened(invoice: str, lots: list[Lot]) -> list[Entry]:
	"""What a write-off took back, that was itself taken back: it is pending again."""
	rows = frappe.db.sql(
		"select lot, cast(sum(pending) as char) from `tabWallet Entry` where sales_invoice = %s and kind = %s"
		" and lot in %s group by lot",
		(invoice, EntryKind.REVERSE.value, [lot.id for lot in lots]),
	)
	taken = {lot: EXACT.minus(sum_as_text(amount)) for lot, amount in rows}
	return [Entry(EntryKind.REVERSE, lot, pending=amount) for lot, amount in taken.items() if amount > ZERO]


def last_settlement(invoice: str) -> Settlement:
	"""The newest entry of the payment ledger against the invoice; the invoice itself when there is none."""
	newest = frappe.get_all(
		"Payment Ledger Entry",
		filters={"against_voucher_no": invoice, "voucher_no": ["!=", invoice], "delinked": 0},
		fields=["voucher_type", "voucher_no", "posting_date"],
		order_by="creation desc, name desc",
		limit=1,
	)
	if not newest:
		return Settlement("", invoice, getdate(nowdate()), True)
	row = newest[0]
	is_money = _is_money(row.voucher_type, row.voucher_no, invoice)
	return Settlement(row.voucher_type, row.voucher_no, getdate(row.posting_date), is_money)


def _is_money(doctype: str, name: str, invoice: str) -> bool:
	"""A credit note is money where it was made for another invoice: what the customer has pays this one."""
	if doctype == "Journal Entry":
		kind = frappe.db.get_value(doctype, name, "voucher_type")
		is_balance = kind == "Credit Note" and not is_own_credit(name, invoice)
		return kind not in WITHOUT_MONEY or is_balance
	return doctype != "Sales Invoice"


def _key(settlement: Settlement, invoice: str) -> str:
	"""The same voucher may settle the invoice again, after it was taken off it: each time counts once."""
	moved = frappe.db.count("Wallet Entry", {"sales_invoice": invoice})
	return f"{settlement.voucher} {invoice} {moved}"


def _taken_whole(lots: list[Lot]) -> list[Entry]:
	"""All that the lots hold, also what a void invoice has returned to them."""
	held = [_hold(lot) for lot in lots if lot.available > 0]
	return held + reverse(after(lots, held))


def _hold(lot: Lot) -> Entry:
	return Entry(EntryKind.RELEASE, lot.id, available=-lot.available, pending=lot.available)


def _overage_undone(wallet: str, invoice: str) -> list[Entry]:
	rows = _entries(wallet, invoice, EntryKind.OVERAGE)
	overage = total_of(sum_as_text(row.overage) for row in rows)
	return [Entry(EntryKind.OVERAGE, "", overage=-overage)] if overage else []


def _entries(wallet: str, invoice: str, kind: EntryKind) -> list[frappe._dict]:
	return frappe.db.sql(
		"select lot, cast(available as char) available, cast(overage as char) overage from `tabWallet Entry`"
		" where wallet = %s and sales_invoice = %s and kind = %s order by number",
		(wallet, invoice, kind.value),
		as_dict=True,
	)


def _lots_of(wallet: WalletAccount, invoice: str) -> list[Lot]:
	return [one.lot for one in wallet.held.values() if one.sales_invoice == invoice]


def _wallet_with_lots(invoice: str) -> WalletAccount | None:
	"""The wallet with the invoice's lots in hand, or None.

	A period's billing may have granted the first of them since this transaction began. Only the wallet under
	lock shows those, and they wait for a paid invoice for ever unless it is looked at.
	"""
	name = frappe.db.get_value("Credit Lot", {"sales_invoice": invoice}, "wallet")
	if name:
		wallet = open_named(name)
		wallet.add(lots_of_invoice(invoice))
		return wallet
	if _outstanding(invoice) > 0:
		return None
	return open_wallet(*frappe.db.get_value("Sales Invoice", invoice, ["customer", "currency"]))


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
