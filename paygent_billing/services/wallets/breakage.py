"""Journal Entries of bought credits that no invoice moves: those that expired, and those never paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import frappe
from erpnext.setup.utils import get_exchange_rate
from frappe import _

from paygent_billing.core.wallet import Entry, EntryKind
from paygent_billing.services.billing.dimensions import default_dimensions
from paygent_billing.services.wallets.accounts import accounts_of
from paygent_billing.services.wallets.cause import Cause

if TYPE_CHECKING:
	from paygent_billing.services.wallets.account import WalletAccount


def recognise_breakage(wallet: WalletAccount, entries: Sequence[Entry], cause: Cause) -> None:
	"""Bought credits that expire are no longer owed: they become income, by the company that sold them."""
	for company, amount in wallet.bought_by_company(entries, EntryKind.EXPIRE).items():
		if amount:
			accounts = accounts_of(company, wallet.currency)
			remark = _("Prepaid credits of {0} expired").format(wallet.customer)
			post_from_liability(
				wallet, company, amount, accounts.breakage, on=cause.happened_on, remark=remark
			)


def release_write_off(wallet: WalletAccount, company: str, amount: Decimal, *, on: date) -> None:
	"""Credits whose invoice was written off were never paid for: they are not owed, and were no loss.
	A negative amount takes that back.
	"""
	account = frappe.get_cached_value("Company", company, "write_off_account")
	account = account or accounts_of(company, wallet.currency).breakage
	remark = _("Unpaid prepaid credits of {0} taken back").format(wallet.customer)
	post_from_liability(wallet, company, amount, account, on=on, remark=remark)


def post_from_liability(
	wallet: WalletAccount, company: str, amount: Decimal, account: str, *, on: date, remark: str
) -> str:
	"""Moves the amount, in the wallet's currency, from what is owed to the other account. Returns the
	Journal Entry.
	"""
	own = frappe.get_cached_value("Company", company, "default_currency")
	rate = 1.0 if own == wallet.currency else get_exchange_rate(wallet.currency, own, str(on))
	if not rate:
		frappe.throw(
			_("There is no exchange rate from {0} to {1}. Add a Currency Exchange record.").format(
				wallet.currency, own
			)
		)
	base = round(float(amount) * rate, 9)
	side, other = ("debit", "credit") if amount > 0 else ("credit", "debit")
	entry = frappe.new_doc("Journal Entry")
	entry.update(
		{
			"company": company,
			"posting_date": on,
			"voucher_type": "Journal Entry",
			"multi_currency": int(own != wallet.currency),
			"user_remark": remark,
			"prepaid_wallet": wallet.name,
		}
	)
	dimensions = default_dimensions(company) | {
		"cost_center": frappe.get_cached_value("Company", company, "cost_center")
	}
	liability = {
		"account": accounts_of(company, wallet.currency).liability,
		"exchange_rate": rate,
		f"{side}_in_account_currency": abs(float(amount)),
	}
	entry.append("accounts", {**dimensions, **liability})
	entry.append("accounts", {**dimensions, "account": account, f"{other}_in_account_currency": abs(base)})
	entry.flags.ignore_permissions = True  # whoever may bill, refund or write off may post what follows
	entry.flags.from_service = True
	entry.submit()
	return entry.name
