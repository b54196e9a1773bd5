"""Tells about credits that run out: each crossing once, as a Billing Event and an e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from paygent_billing.core.money import ZERO
from paygent_billing.core.wallet import share_used
from paygent_billing.services import clock
from paygent_billing.services.events import record_event
from paygent_billing.services.numbers import currency_of, exact
from paygent_billing.services.wallets.account import WalletAccount

SHARES = (100, 80)


@dataclass(frozen=True)
class Alert:
	"""The event's name, its amount, and what the e-mail says."""

	event: str
	amount: Decimal
	words: str


def alert(settings: Document, wallet: WalletAccount, spoken_for: Decimal, now: datetime) -> None:
	"""Writes what has been crossed since the last look, and remembers it. In the caller's transaction.

	`spoken_for` is the cost of usage that is not invoiced yet. A crossing back arms the alert again.
	"""
	found = list(_crossings(settings, wallet, spoken_for))
	today = clock.today_in(clock.zone_of(None), now)
	about = frappe._dict(name=None, customer=wallet.customer, currency=wallet.currency)
	told = _send(settings, wallet, found) if found else ""
	for one in found:
		record_event(one.event, about, happened_on=today, amount=one.amount, wallet=wallet.name, email=told)
	values = _remembered(settings, wallet, spoken_for)
	frappe.db.set_value("Prepaid Wallet", wallet.name, values, update_modified=False)


def _crossings(settings: Document, wallet: WalletAccount, spoken_for: Decimal) -> Iterator[Alert]:
	available, money = wallet.balance.available, currency_of(wallet.currency).format
	share = share_used(available, spoken_for, SHARES)
	if share > settings.alerted_share:
		words = _("{0} percent of the prepaid credits are used: {1} of {2}.")
		words = words.format(share, money(spoken_for), money(available))
		yield Alert(f"credits.used_{share}", spoken_for, words)
	if _is_low(settings, available, spoken_for) and not settings.is_low:
		left = max(available - spoken_for, ZERO)
		yield Alert("credits.low_balance", left, _("Prepaid credits of {0} are left.").format(money(left)))
	if _is_depleted(wallet) and not settings.is_depleted:
		yield Alert("credits.depleted", ZERO, _("The prepaid credits are used up."))
	overage = wallet.overage - exact(settings.alerted_overage)
	if overage > 0:
		words = _("Usage of {0} was billed beyond the prepaid credits.").format(money(overage))
		yield Alert("credits.overage", overage, words)


def _remembered(settings: Document, wallet: WalletAccount, spoken_for: Decimal) -> dict[str, object]:
	available = wallet.balance.available
	return {
		"alerted_share": share_used(available, spoken_for, SHARES),
		"is_low": int(_is_low(settings, available, spoken_for)),
		"is_depleted": int(_is_depleted(wallet)),
		"alerted_overage": wallet.overage,
		"has_news": 0,
	}


def _is_low(settings: Document, available: Decimal, spoken_for: Decimal) -> bool:
	limit = exact(settings.low_balance_alert)
	return bool(limit) and available - spoken_for < limit


def _is_depleted(wallet: WalletAccount) -> bool:
	"""Nothing is available, of credits that once were."""
	if wallet.balance.available > 0 or not wallet.count:
		return False
	return bool(frappe.db.exists("Wallet Entry", {"wallet": wallet.name, "available": [">", 0]}))


def _send(settings: Document, wallet: WalletAccount, alerts: list[Alert]) -> str:
	"""One e-mail for all that was crossed, queued in the transaction that remembers it. Returns the address,
	or why nobody was told: the event says so.
	"""
	to = settings.alert_email or frappe.db.get_value("Customer", wallet.customer, "email_id")
	if not to:
		return _("Not sent: the customer has no e-mail address.")
	try:
		_queue(to, wallet, alerts)
	except frappe.OutgoingEmailError as error:
		frappe.clear_last_message()
		return _("Not sent: {0}").format(error)
	return to


def _queue(to: str, wallet: WalletAccount, alerts: list[Alert]) -> None:
	lines = "".join(f"<p>{escape_html(one.words)}</p>" for one in alerts)
	frappe.sendmail(
		recipients=[to],
		subject=_("Prepaid credits of {0}").format(wallet.customer),
		message=f"{lines}<p>{escape_html(wallet.customer)}</p>",
		reference_doctype="Prepaid Wallet",
		reference_name=wallet.name,
		delayed=True,
	)
