"""A call that moves money counts once, however often it is sent."""

from __future__ import annotations

import frappe
from frappe import _

from paygent_billing.services.numbers import day
from paygent_billing.services.wallets.lots import HeldLot, lots_named
from paygent_billing.services.wallets.new_credits import NewCredits


def known_lot(name: str, wallet: str, credits: NewCredits, company: str | None = None) -> HeldLot | None:
	"""The lot that a call with the same key has made; None when this is the first. The caller holds the
	wallet. Refused when that call asked for something else.
	"""
	known = lots_named([name])
	if not known:
		return None
	lot = known[0].lot
	is_of_wallet = frappe.db.get_value("Credit Lot", name, "wallet", for_update=True) == wallet
	asked = credits.amount, day(credits.expires), company
	if not is_of_wallet or (lot.granted, lot.expires, known[0].company) != asked:
		frappe.throw(
			_("The key {0} was used for other credits. Use a new key for each purchase or grant.").format(
				credits.key
			),
			frappe.DuplicateEntryError,
		)
	return known[0]
