"""May an agent spend this now? A yes keeps the credits until they are spent, given back, or time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import frappe
from frappe import _

from paygent_billing.core.money import EXACT, ZERO
from paygent_billing.core.wallet import balance_of
from paygent_billing.services import clock
from paygent_billing.services.numbers import currency_of, sum_as_text
from paygent_billing.services.usage.catalogue import KnownOrder, active_order
from paygent_billing.services.usage.results import Refusal, Status
from paygent_billing.services.wallets.account import WalletAccount, ensure_wallet
from paygent_billing.services.wallets.spending import reserved, unbilled_cost

LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Wish:
	"""What an agent wants to spend for a customer, and for how long it is to be kept. The key counts once."""

	customer: str
	agent: str
	amount: Decimal
	lasts: timedelta
	order: str | None = None
	key: str | None = None


@dataclass(frozen=True)
class Answer:
	"""Whether it may; the reservation, and when that is over; and what is left besides."""

	is_allowed: bool
	currency: str
	left: Decimal
	reservation: str | None = None
	expires_at: datetime | None = None


def may_spend(wish: Wish, now: datetime) -> Answer:
	"""Answers in the caller's transaction. A line that bills overage may always; one that blocks may while
	spending and reservations together stay within the available credits, however many ask at once.
	"""
	order = _order_for(wish)
	currency, company = frappe.get_cached_value("Billing Order", order.name, ["currency", "company"])
	_check(wish, currency)
	wallet = ensure_wallet(wish.customer, currency)
	left = _left(wallet, company, now)
	known = _known(wish)
	if known:
		return _answer_again(known, currency, left)
	if wish.agent in order.blocks and wish.amount > left:
		return Answer(False, currency, max(left, ZERO))
	name = _hold(wallet, order.name, wish, now)
	return Answer(True, currency, max(EXACT.subtract(left, wish.amount), ZERO), name, now + wish.lasts)


def release(name: str, customer: str) -> bool:
	"""Gives a held reservation back; False when it is over, settled or released already."""
	return _close(name, customer, "Released")


def settle(name: str, customer: str, event: str) -> bool:
	"""The usage that it was kept for is recorded, in the same transaction; False as above."""
	return _close(name, customer, "Settled", event_id=event)


def expire_reservations() -> None:
	"""The hourly job: says of reservations that are over that they are. They count no longer anyway."""
	table = frappe.qb.DocType("Credit Reservation")
	query = frappe.qb.update(table).set(table.state, "Expired").where(table.state == "Held")
	query.where(table.expires_ms <= clock.milliseconds(clock.now())).run()


def _order_for(wish: Wish) -> KnownOrder:
	order = active_order(wish.customer, wish.agent, wish.order)
	if order is None:
		raise Refusal(
			"inactive_order", _("{0} has no active order with {1}.").format(wish.customer, wish.agent)
		)
	return order


def _check(wish: Wish, currency: str) -> None:
	if wish.amount <= 0 or currency_of(currency).round(wish.amount) != wish.amount:
		raise Refusal("invalid", _("{0} is no amount of {1}.").format(wish.amount, currency))
	if not timedelta(seconds=1) <= wish.lasts <= LONGEST:
		raise Refusal("invalid", _("A reservation lasts from 1 second to 24 hours."))


def _left(wallet: WalletAccount, company: str, now: datetime) -> Decimal:
	"""What is available beside unbilled usage and reservations; negative where overage is billed."""
	available = balance_of(wallet.lots(company)).available
	spoken_for = EXACT.add(unbilled_cost(wallet.customer, wallet.currency, now), reserved(wallet.name, now))
	return EXACT.subtract(available, spoken_for)


def _known(wish: Wish) -> frappe._dict | None:
	"""The reservation that the same request has made. Refused when that one asked for something else."""
	if not wish.key:
		return None
	rows = frappe.db.sql(
		"select name, ai_agent, cast(amount as char) amount, state, expires_ms from `tabCredit Reservation`"
		" where customer = %s and request_key = %s for update",
		(wish.customer, wish.key),
		as_dict=True,
	)
	if rows and (rows[0].ai_agent, sum_as_text(rows[0].amount)) != (wish.agent, wish.amount):
		reason = _("Another reservation was asked for with this key. It stays; use a new key.")
		raise Refusal("conflict", reason, Status.CONFLICT)
	return rows[0] if rows else None


def _answer_again(known: frappe._dict, currency: str, left: Decimal) -> Answer:
	is_held = known.state == "Held"
	return Answer(is_held, currency, max(left, ZERO), known.name, clock.moment_of(known.expires_ms))


def _hold(wallet: WalletAccount, order: str, wish: Wish, now: datetime) -> str:
	ends = now + wish.lasts
	row = frappe.new_doc("Credit Reservation")
	row.update(
		{
			"wallet": wallet.name,
			"customer": wish.customer,
			"ai_agent": wish.agent,
			"billing_order": order,
			"currency": wallet.currency,
			"amount": float(wish.amount),
			"state": "Held",
			"expires_ms": clock.milliseconds(ends),
			"expires_at": ends.astimezone(clock.zone_of(None)).replace(tzinfo=None),
			"request_key": wish.key,
		}
	)
	row.db_insert_as_service()
	return row.name


def _close(name: str, customer: str, state: str, **values: object) -> bool:
	"""Moves a reservation of the customer that is held and not over into the state."""
	table = frappe.qb.DocType("Credit Reservation")
	query = frappe.qb.update(table).set(table.state, state)
	for field, value in values.items():
		query = query.set(table[field], value)
	query = query.where((table.name == name) & (table.customer == customer) & (table.state == "Held"))
	query.where(table.expires_ms > clock.milliseconds(clock.now())).run()
	return frappe.db._cursor.rowcount == 1
