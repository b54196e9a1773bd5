"""What customers do in the portal, each only with what is theirs."""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from paygent_billing.core.money import parse_decimal
from paygent_billing.portal import credits
from paygent_billing.portal.customers import own_wallet
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.period_of_days import period_of_days
from paygent_billing.services.wallets.send_statement import send_own_statement


@frappe.whitelist(methods=["POST"])
def buy_credits(wallet: str, amount: str, key: str) -> dict[str, Any]:
	"""Buys credits for the user's own wallet: the answer names the invoice. The same key is one purchase."""
	name = own_wallet(wallet)
	if not 0 < len(key) <= 100:
		frappe.throw(_("The purchase has no key. Load the page again."))
	wanted = _amount(amount)
	return {"invoice": with_retry(lambda: credits.buy(name, wanted, key, now=clock.now()))}


@frappe.whitelist(methods=["GET", "POST"])
def wallet_statement(wallet: str, first_day: str, last_day: str) -> None:
	"""The statement of the user's own wallet for these days, both included, as PDF."""
	send_own_statement(own_wallet(wallet), period_of_days(first_day, last_day))


def _amount(text: str) -> Decimal:
	try:
		return parse_decimal(text)
	except ValueError as error:
		frappe.throw(_("The amount cannot be used: {0}.").format(escape_html(str(error))))
