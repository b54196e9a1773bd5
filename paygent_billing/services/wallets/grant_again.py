"""Credits of periods that a void invoice took back, granted again with the invoice that bills it anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from frappe.model.document import Document

from paygent_billing.core.money import ZERO
from paygent_billing.core.wallet import Entry, EntryKind, Lot, LotSource
from paygent_billing.services.numbers import day
from paygent_billing.services.wallets.account import WalletAccount
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import HeldLot, lots_of_invoice
from paygent_billing.services.wallets.settle import settle_invoice


def grant_again(wallet: WalletAccount, void: Document, invoice: str, *, period: str, on: date) -> None:
	"""Grants what had come with periods of the order, each as it was; it waits for the new invoice. What ends
	with a line of the void invoice came with that line and is not among it.
	"""
	for number, old in enumerate(list(_of_periods(void))):
		key = f"{period} credits {number}"
		lot = replace(old, id=f"grant:{key}", sequence=0, available=ZERO, pending=ZERO, is_rolled=False)
		wallet.add([HeldLot(lot, sales_invoice=invoice)])
		wallet.post([Entry(EntryKind.GRANT, lot.id, pending=old.granted)], Cause(key, on, invoice))
	settle_invoice(invoice)


def _of_periods(void: Document) -> Iterator[Lot]:
	ends = {(row.order_line, day(row.service_to) + timedelta(days=1)) for row in void.items if row.service_to}
	for held in lots_of_invoice(void.name):
		lot = held.lot
		if lot.source is LotSource.GRANTED and (lot.line, lot.period_end) not in ends:
			yield lot
