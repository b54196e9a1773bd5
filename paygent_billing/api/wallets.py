"""Prepaid credits over HTTP: reservations for agents; purchases, grants and statements for people.

Amounts are strings. What moves money takes a key: the same key again changes nothing.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from paygent_billing.api.body import json_body
from paygent_billing.core.money import parse_decimal
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.period_of_days import period_of_days
from paygent_billing.services.usage.access import check_may_send
from paygent_billing.services.usage.catalogue import customer_called
from paygent_billing.services.usage.results import Refusal, Status
from paygent_billing.services.wallets import reserve
from paygent_billing.services.wallets.buy import buy_credits
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.overview import wallet_overview
from paygent_billing.services.wallets.send_statement import send_statement
from paygent_billing.services.wallets.spend import settle_with_usage

HTTP_STATUS = {Status.CONFLICT: 409, Status.REFUSED: 422}
DEFAULT_SECONDS = 300


@frappe.whitelist(methods=["POST"])
def may_spend() -> dict[str, Any]:
	"""Whether an agent may spend `{"customer", "agent", "amount"}` now, optionally with `seconds` (300),
	`order` and `key`. A yes comes with a reservation.
	"""
	check_may_send()
	return _answer(lambda: _reservation(_wish(_object(json_body()))))


@frappe.whitelist(methods=["POST"])
def settle() -> dict[str, Any]:
	"""Records the usage `{"customer", "reservation", "event": {...}}` for which credits were reserved."""
	check_may_send()
	return _answer(lambda: _settled(_object(json_body())))


@frappe.whitelist(methods=["POST"])
def release() -> dict[str, Any]:
	"""Gives the reservation `{"customer", "reservation"}` back."""
	check_may_send()
	return _answer(lambda: _released(_object(json_body())))


@frappe.whitelist(methods=["POST"])
def top_up(
	customer: str,
	company: str,
	currency: str,
	amount: str,
	expires: str | None = None,
	key: str | None = None,
) -> dict[str, str]:
	"""Sells the customer credits: the answer names the invoice, with whose payment they are available."""
	credits = NewCredits(customer, currency, _amount(amount), _date(expires), key or None)
	return {"invoice": with_retry(lambda: buy_credits(credits, company, on=_today()))}


@frappe.whitelist(methods=["POST"])
def grant(
	customer: str, currency: str, amount: str, reason: str, expires: str | None = None, key: str | None = None
) -> dict[str, str]:
	"""Gives the customer credits at once, for a reason that stays with them."""
	frappe.has_permission("Prepaid Wallet", "write", throw=True)
	frappe.has_permission("Customer", "read", doc=customer, throw=True)
	credits = NewCredits(customer, currency, _amount(amount), _date(expires), key or None)
	return {"wallet": with_retry(lambda: grant_credits(credits, reason=reason, on=_today()))}


@frappe.whitelist(methods=["GET", "POST"])
def overview(wallet: str) -> dict[str, Any]:
	"""The wallet's balance, its lots that hold something, and its balance over the last year."""
	frappe.get_doc("Prepaid Wallet", wallet).check_permission("read")
	return wallet_overview(wallet, clock.now())


@frappe.whitelist(methods=["GET", "POST"])
def statement(wallet: str, first_day: str, last_day: str) -> None:
	"""The wallet's statement for these days, both included, as PDF in the customer's language."""
	send_statement(wallet, period_of_days(first_day, last_day))


def _answer(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
	"""What the work returns; a refusal becomes a status of 400 to 422 with a code and the reason."""
	try:
		return with_retry(work)
	except Refusal as refusal:
		frappe.local.response.http_status_code = HTTP_STATUS.get(refusal.status, 422)
		if refusal.code == "malformed":
			frappe.local.response.http_status_code = 400
		return {"status": refusal.status.value, "code": refusal.code, "reason": refusal.reason}


def _object(body: object) -> dict[str, Any]:
	if not isinstance(body, dict):
		raise Refusal("invalid", _("The body must be an object."))
	return body


def _customer(body: dict[str, Any]) -> str:
	name = customer_called(_text(body, "customer"))
	if name is None:
		raise Refusal("unknown_customer", _("There is no customer with this name or external ID."))
	return name


def _text(body: dict[str, Any], field: str) -> str:
	value = body.get(field)
	if not isinstance(value, str) or not 0 < len(value) <= 140:
		raise Refusal("invalid", _("{0} must be a text of 1 to 140 characters.").format(field))
	return value


def _wish(body: dict[str, Any]) -> reserve.Wish:
	unknown = set(body) - {"customer", "agent", "amount", "seconds", "order", "key"}
	if unknown:
		raise Refusal("invalid", _("{0} is unknown here.").format(", ".join(sorted(unknown))))
	seconds = body.get("seconds", DEFAULT_SECONDS)
	if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= 86_400:
		raise Refusal("invalid", _("seconds must be a whole number from 1 to 86400."))
	try:
		amount = parse_decimal(body.get("amount"))
	except ValueError as error:
		raise Refusal("invalid", _("amount: {0}").format(error)) from None
	return reserve.Wish(
		customer=_customer(body),
		agent=_text(body, "agent"),
		amount=amount,
		lasts=timedelta(seconds=seconds),
		order=_text(body, "order") if body.get("order") is not None else None,
		key=_text(body, "key") if body.get("key") is not None else None,
	)


def _reservation(wish: reserve.Wish) -> dict[str, Any]:
	found = reserve.may_spend(wish, clock.now())
	return {
		"allowed": found.is_allowed,
		"reservation": found.reservation,
		"expires_at": found.expires_at.isoformat() if found.expires_at else None,
		"left": currency_of(found.currency).format(found.left),
		"currency": found.currency,
	}


def _settled(body: dict[str, Any]) -> dict[str, Any]:
	reservation = _text(body, "reservation")
	result = settle_with_usage(reservation, _customer(body), body.get("event"), clock.now())
	answer = result.as_json()
	del answer["index"]
	return answer


def _released(body: dict[str, Any]) -> dict[str, Any]:
	return {"released": reserve.release(_text(body, "reservation"), _customer(body))}


def _amount(text: str) -> Decimal:
	try:
		return parse_decimal(text)
	except ValueError as error:
		frappe.throw(_("The amount cannot be used: {0}.").format(error))


def _date(text: str | None) -> date | None:
	try:
		return date.fromisoformat(text) if text else None
	except ValueError:
		frappe.throw(_("{0} is no date. Write it as 2026-01-31.").format(frappe.utils.escape_html(text)))


def _today() -> date:
	return clock.today_in(clock.zone_of(None), clock.now())
