"""Looks at the wallets that moved, or whose customers used something: alerts and automatic top-ups."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import strip_html

from paygent_billing.core.money import EXACT, total_of
from paygent_billing.core.wallet import LotSource
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import start_over, with_retry
from paygent_billing.services.numbers import currency_of, exact
from paygent_billing.services.wallets.account import WalletAccount, open_named
from paygent_billing.services.wallets.alerts import alert
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.spending import unbilled_cost
from paygent_billing.services.wallets.top_up import top_up

AUTOMATIC = "Automatic top-up"


def watch_job() -> None:
	"""One background job, as Administrator, whoever queued it."""
	frappe.set_user("Administrator")
	watch_wallets(clock.now())


def watch_wallets(now: datetime) -> int:
	"""Looks at each wallet with news in a transaction of its own; how many there were. What is wrong with one
	stands on it and stops no other.
	"""
	names = frappe.get_all("Prepaid Wallet", filters={"has_news": 1}, pluck="name", order_by="name asc")
	for name in names:
		try:
			with_retry(lambda name=name: _watch(name, now))
		except Exception as error:
			start_over()
			_note(name, error)
	return len(names)


def _watch(name: str, now: datetime) -> None:
	frappe.db.rollback()
	wallet = open_named(name)
	settings = frappe.get_doc("Prepaid Wallet", name)
	spoken_for = unbilled_cost(wallet.customer, wallet.currency, now)
	alert(settings, wallet, spoken_for, now)
	frappe.db.commit()
	if settings.top_up_is_automatic:
		_top_up(settings, clock.today_in(clock.zone_of(None), now), now)


def _top_up(settings: Document, today: date, now: datetime) -> None:
	"""One invoice closes the gap. What is bought and not paid for yet counts, and so does the day's limit."""
	frappe.db.rollback()
	wallet = open_named(settings.name)
	gap = _gap(settings, wallet, now)
	bought = _bought_today(settings.name, today)
	if gap <= 0 or bought >= settings.top_ups_a_day:
		return
	key = f"automatic {today} {bought + 1}"
	credits = NewCredits(wallet.customer, wallet.currency, gap, key=key)
	top_up(credits, settings.company, on=today, reason=AUTOMATIC)
	frappe.db.set_value("Prepaid Wallet", settings.name, "top_up_error", None, update_modified=False)
	frappe.db.commit()


def _gap(settings: Document, wallet: WalletAccount, now: datetime) -> Decimal:
	"""What is missing to the target once less than the limit is left; 0 before that."""
	bought = total_of(one.lot.pending for one in wallet.held.values() if one.lot.source is LotSource.BOUGHT)
	left = EXACT.add(wallet.balance.available, bought)
	left = EXACT.subtract(left, unbilled_cost(wallet.customer, wallet.currency, now))
	if left >= exact(settings.top_up_threshold):
		return Decimal(0)
	return currency_of(wallet.currency).round(EXACT.subtract(exact(settings.top_up_target), left))


def _bought_today(wallet: str, today: date) -> int:
	filters = {"wallet": wallet, "kind": "purchase", "happened_on": today, "reason": AUTOMATIC}
	return frappe.db.count("Wallet Entry", filters)


def _note(name: str, error: Exception) -> None:
	frappe.log_error(title=f"Wallet {name}", reference_doctype="Prepaid Wallet", reference_name=name)
	reason = strip_html(str(error) or type(error).__name__)[:500]
	values = {"top_up_error": reason, "has_news": 0}
	frappe.db.set_value("Prepaid Wallet", name, values, update_modified=False)
	frappe.db.commit()
