"""Credits granted by hand."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _

from paygent_billing.core.wallet import Entry, EntryKind, LotSource, Rollover
from paygent_billing.services.wallets.account import ensure_wallet
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import HeldLot, new_lot
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.once import known_lot


def grant_credits(credits: NewCredits, *, reason: str, on: date) -> str:
	"""Gives the customer the credits at once and returns the wallet. The entry says who did it, and why."""
	credits.check(on)
	if not reason.strip():
		frappe.throw(_("Say why these credits are granted: the reason stays with them."))
	name = credits.lot_name("by hand")
	wallet = ensure_wallet(credits.customer, credits.currency)
	if known_lot(name, wallet.name, credits):
		return wallet.name
	lot = new_lot(
		name, LotSource.GRANTED, expires=credits.expires, rollover=Rollover(None), granted=credits.amount
	)
	wallet.add([HeldLot(lot, reason=reason)])
	granted = Entry(EntryKind.GRANT, name, available=credits.amount)
	wallet.post([granted], Cause(name, on, reason=reason))
	return wallet.name
