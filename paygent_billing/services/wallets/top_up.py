"""Credits that a customer buys: a Sales Invoice of their own, paid like any other."""

from __future__ import annotations

from datetime import date

import frappe

from paygent_billing.core.invoicing import Tax, bill_top_up
from paygent_billing.core.wallet import Entry, EntryKind, LotSource, Rollover
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.events import record_event
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.wallets.account import ensure_wallet
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import HeldLot, new_lot
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.once import known_lot

ORIGIN = "Top-up"
NO_TAXES: tuple[Tax, ...] = ()


def top_up(
	credits: NewCredits, company: str, *, on: date, taxes_and_charges: str | None = None, reason: str = ""
) -> str:
	"""Issues the invoice for the credits, which is due at once, and returns its name. They are pending until
	it is paid in full. `taxes_and_charges` takes the place of the taxes that ERPNext has for the customer.
	"""
	credits.check(on)
	buyer = _buyer(credits, company, taxes_and_charges)
	rate = invoice_of_draft.conversion_rate(buyer, on)
	name = credits.lot_name("top-up")
	wallet = ensure_wallet(credits.customer, credits.currency)
	known = known_lot(name, wallet.name, credits, company)
	if known:
		return known.sales_invoice
	draft = bill_top_up(credits.amount, currency_of(credits.currency), NO_TAXES)
	invoice = invoice_of_draft.issue(buyer, draft, issued_on=on, conversion_rate=rate, origin=ORIGIN)
	lot = new_lot(
		name, LotSource.BOUGHT, expires=credits.expires, rollover=Rollover(None), granted=credits.amount
	)
	wallet.add([HeldLot(lot, company, invoice, reason or None)])
	purchase = Entry(EntryKind.PURCHASE, name, pending=credits.amount)
	wallet.post([purchase], Cause(name, on, invoice, reason or None))
	record_event("invoice.issued", buyer, happened_on=on, amount=credits.amount, sales_invoice=invoice)
	return invoice


def _buyer(credits: NewCredits, company: str, taxes_and_charges: str | None) -> frappe._dict:
	"""What an invoice needs to know of its order, of a customer who buys without one."""
	return frappe._dict(
		name=None,
		customer=credits.customer,
		company=company,
		currency=credits.currency,
		contact_person=None,
		payment_due_days=0,
		taxes_and_charges=taxes_and_charges,
	)
