"""What a customer sees of prepaid credits, and buys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from paygent_billing.core.period import Period
from paygent_billing.portal.customers import customers_of
from paygent_billing.services import clock
from paygent_billing.services.invoices.wording import day_in_words, site_number_style
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.overview import wallet_overview
from paygent_billing.services.wallets.statement import wallet_statement
from paygent_billing.services.wallets.statement_view import seller_company
from paygent_billing.services.wallets.top_up import top_up

DAYS = 92
#: So many purchases of a customer may wait for payment.
OPEN_PURCHASES = 3


def wallets_of_user(now: datetime) -> list[dict[str, Any]]:
	"""The wallets of the user's customers, ready to be shown."""
	customers = customers_of(frappe.session.user)
	filters = {"customer": ["in", customers or [""]]}
	names = frappe.get_all("Prepaid Wallet", filters=filters, pluck="name", order_by="name asc")
	return [_shown(name, now) for name in names]


def buy(wallet: str, amount: Decimal, key: str, *, now: datetime) -> str:
	"""Issues the invoice for credits that the customer buys; its name. The caller has checked whose wallet it
	is. Refused while too many purchases are not paid.
	"""
	document = frappe.get_doc("Prepaid Wallet", wallet)
	waiting = {
		"customer": document.customer,
		"billing_origin": "Top-up",
		"docstatus": 1,
		"outstanding_amount": [">", 0],
	}
	credits = NewCredits(document.customer, document.currency, amount, key=f"portal {key}")
	is_new = not frappe.db.exists("Credit Lot", credits.lot_name("top-up"))
	if is_new and frappe.db.count("Sales Invoice", waiting) >= OPEN_PURCHASES:
		frappe.throw(
			_("Pay the credits that you have bought first: {0} invoices are open.").format(OPEN_PURCHASES)
		)
	today = clock.today_in(clock.zone_of(None), now)
	return top_up(credits, seller_company(document), on=today, reason=_("Bought in the portal"))


def _shown(name: str, now: datetime) -> dict[str, Any]:
	today = clock.today_in(clock.zone_of(None), now)
	period = Period(today - timedelta(days=DAYS), today + timedelta(days=1))
	overview, statement = wallet_overview(name, now), wallet_statement(name, period)
	money = _money(statement.currency)
	return {
		"name": name,
		"customer": statement.customer,
		"currency": statement.currency,
		**{key: money(overview[key]) for key in ("left", "available", "unbilled", "reserved", "pending")},
		"has_pending": bool(Decimal(overview["pending"])),
		"lots": [_lot(lot, money) for lot in overview["lots"]],
		"lines": list(_lines(statement.lines, money)),
		"opening": money(statement.opening[0]),
		"since": day_in_words(period.start),
		"first_day": str(period.start),
		"last_day": str(period.last_day),
	}


def _money(code: str) -> Any:
	style, currency = site_number_style(), currency_of(code)
	return lambda amount: style.money(Decimal(amount), currency)


def _lot(lot: dict[str, Any], money: Any) -> dict[str, str]:
	last = lot["last_day"]
	return {
		"source": _("Bought") if lot["source"] == "bought" else _("Granted"),
		"available": money(lot["available"]),
		"pending": money(lot["pending"]) if Decimal(lot["pending"]) else "",
		"last_day": day_in_words(frappe.utils.getdate(last)) if last else _("No date"),
	}


def _lines(lines: tuple, money: Any) -> Iterator[dict[str, str]]:
	for line in reversed(lines):
		yield {
			"date": day_in_words(line.on),
			"words": line.words,
			"cause": line.sales_invoice or line.cause,
			"amount": money(line.available or -line.overage) if line.available or line.overage else "",
			"pending": money(line.pending) if line.pending else "",
			"balance": money(line.available_after),
		}
