"""Credits whose date has come, of customers for whom no order is billed any more that would see to it."""

from __future__ import annotations

from datetime import date

import frappe

from paygent_billing.core import wallet
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.wallets.account import open_named
from paygent_billing.services.wallets.cause import Cause


def expire_credits() -> None:
	"""The daily job, by the date in the site's time zone."""
	expire_without_orders(clock.today_in(clock.zone_of(None), clock.now()))


def expire_without_orders(today: date) -> list[str]:
	"""Expires such credits, each wallet in a transaction of its own, and returns the wallets.

	Where an order is still to be billed, its billing expires them: they pay for usage from before their date.
	"""
	due: dict[str, set[str]] = {}
	for name, lot in _lots(today):
		due.setdefault(name, set()).add(lot)
	for name, lots in due.items():
		with_retry(lambda name=name, lots=lots: _expire(name, lots, today))
	return list(due)


def _expire(name: str, lots: set[str], today: date) -> None:
	frappe.db.rollback()
	account = open_named(name)
	due = [lot for lot in account.lots() if lot.id in lots]
	entries = wallet.expire(due, billed_until=today)
	account.post(entries, Cause(f"date {today} {account.name} {account.count}", today))
	frappe.db.commit()


def _lots(today: date) -> list[tuple[str, str]]:
	"""Wallets and lots that no order will draw on: one draws on what its own company sold, and on grants."""
	return frappe.db.sql(
		"select wallet.name, lot.name from `tabCredit Lot` lot join `tabPrepaid Wallet` wallet"
		" on wallet.name = lot.wallet where lot.is_open = 1 and lot.available > 0 and lot.expires <= %s"
		" and not exists (select 1 from `tabBilling Order` billing_order"
		" where billing_order.customer = wallet.customer and billing_order.currency = wallet.currency"
		" and ifnull(lot.company, '') in ('', billing_order.company)"
		" and billing_order.status not in ('Draft', 'Cancelled')"
		" and (billing_order.next_billing_date is not null or (billing_order.first_invoice_by_hand = 1"
		" and billing_order.invoice_anchor is null))) order by wallet.name",
		(today,),
	)
