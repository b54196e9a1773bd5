"""The prepaid credits of a period that is billed again."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import Billing
from paygent_billing.core.wallet import Entry, EntryKind
from paygent_billing.services.numbers import exact
from paygent_billing.services.wallets.post import Cause, ensure_wallet, post_entries

TERMS = ("source", "billing_order", "order_line", "period_end", "expires", "rollover", "rollover_cap")


def post_credits_again(void: Document, billing: Billing, *, period: str, invoice: str, on: date) -> None:
	"""Draws the credits that the new invoice shows, and grants those that the void one had granted: until
	the new one is paid they wait.
	"""
	granted = _grants_of(void.name)
	if not granted and not billing.entries:
		return
	wallet = ensure_wallet(void.customer, void.currency)
	post_entries(wallet, billing.entries, Cause(period, on, invoice))
	for number, grant in enumerate(granted):
		cause = Cause(f"{period} {number}", on, invoice)
		lot, amount = f"grant:{cause.key}", exact(grant.pending)
		terms = {field: grant[field] for field in TERMS}
		post_entries(wallet, [Entry(EntryKind.GRANT, lot, pending=amount)], cause, terms=terms)
		if not billing.draft.total:
			post_entries(wallet, [Entry(EntryKind.RELEASE, lot, amount, -amount)], cause)


def _grants_of(invoice: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Wallet Entry",
		filters={"sales_invoice": invoice, "kind": "grant"},
		fields=["pending", *TERMS],
		order_by="name asc",
	)
