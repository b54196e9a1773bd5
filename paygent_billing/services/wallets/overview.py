"""A wallet at a glance: what it holds, until when, and how that came to be."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import frappe

from paygent_billing.core.money import EXACT, Currency
from paygent_billing.services import clock
from paygent_billing.services.numbers import currency_of, sum_as_text
from paygent_billing.services.wallets.account import WalletAccount, peek_wallet
from paygent_billing.services.wallets.lots import HeldLot
from paygent_billing.services.wallets.spending import reserved, unbilled_cost

CHART_DAYS = 365


def wallet_overview(name: str, now: datetime) -> dict[str, Any]:
	"""Balance, reservations, usage that will be drawn, lots that hold something, and the balance day by day.
	Amounts are texts.
	"""
	wallet = peek_wallet(*frappe.db.get_value("Prepaid Wallet", name, ["customer", "currency"]))
	currency = currency_of(wallet.currency)
	today = clock.today_in(clock.zone_of(None), now)
	used = unbilled_cost(wallet.customer, wallet.currency, now, is_locked=False)
	held = reserved(wallet.name, now)
	left = EXACT.subtract(wallet.balance.available, EXACT.add(used, held))
	return {
		"currency": wallet.currency,
		"available": currency.format(wallet.balance.available),
		"pending": currency.format(wallet.balance.pending),
		"unbilled": currency.format(used),
		"reserved": currency.format(held),
		"left": currency.format(left),
		"overage": currency.format(wallet.overage),
		"lots": open_lots(wallet, currency),
		"days": _balance_by_day(wallet.name, today),
	}


def open_lots(wallet: WalletAccount, currency: Currency) -> list[dict[str, Any]]:
	"""The lots that hold something, in the order in which they will be drawn."""
	held = sorted(wallet.held.values(), key=lambda one: one.lot.drawn_by)
	return [_lot(one, currency) for one in held]


def _lot(one: HeldLot, currency: Currency) -> dict[str, Any]:
	return {
		"lot": one.lot.id,
		"source": one.lot.source.value,
		"available": currency.format(one.lot.available),
		"pending": currency.format(one.lot.pending),
		"last_day": str(one.last_day) if one.last_day else None,
		"sales_invoice": one.sales_invoice,
		"order": one.lot.order,
	}


def _balance_by_day(wallet: str, today: date) -> list[list[str]]:
	"""The balance at the end of each day on which it moved, in the last year, and as it was before that."""
	first = today - timedelta(days=CHART_DAYS)
	rows = frappe.db.sql(
		"select happened_on, cast(sum(available) as char) from `tabWallet Entry` where wallet = %s"
		" group by happened_on order by happened_on",
		(wallet,),
	)
	balance, days = Decimal(0), []
	for happened_on, moved in rows:
		balance = EXACT.add(balance, sum_as_text(moved))
		days.append([str(happened_on), f"{balance:f}"])
	before = [day for day in days if day[0] < str(first)]
	return before[-1:] + [day for day in days if day[0] >= str(first)]
