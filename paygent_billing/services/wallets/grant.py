"""Credits granted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from paygent_billing.core.wallet import Entry, EntryKind
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.wallets.post import Cause, ensure_wallet, post_entries


def grant_credits(
	customer: str, currency: str, amount: Decimal, *, reason: str, on: date, expires: date | None = None
) -> str:
	"""Gives the customer credits worth `amount` at once and returns the wallet. `expires` is the first day
	without.
	"""
	if amount <= 0 or currency_of(currency).round(amount) != amount:
		frappe.throw(_("{0} is no amount of {1} that can be granted.").format(amount, currency))
	if expires and expires <= on:
		frappe.throw(_("Credits that expire on {0} would be worth nothing on {1}.").format(expires, on))
	wallet = ensure_wallet(customer, currency)
	key = f"by hand {frappe.generate_hash(length=12)}"
	granted = Entry(EntryKind.GRANT, f"grant:{key}", available=amount)
	terms = {"source": "granted", "expires": expires, "rollover": "All"}
	post_entries(wallet, [granted], Cause(key, on, reason=reason), terms=terms)
	return wallet
