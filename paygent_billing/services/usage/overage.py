"""Usage that the customer's prepaid credits cannot cover, on lines that block overage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core import wallet
from paygent_billing.core.invoicing import usage_needed
from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.invoice import LineType
from paygent_billing.core.invoicing.terms import OrderLine, OrderTerms
from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.core.period import Period, local_date
from paygent_billing.core.usage import UsageSpan
from paygent_billing.core.wallet import Balance
from paygent_billing.services.clock import zone_of
from paygent_billing.services.orders.terms import terms_of
from paygent_billing.services.usage.catalogue import Catalogue, KnownOrder
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.usage.running_period import running_period
from paygent_billing.services.usage.store import Key, StoredRow
from paygent_billing.services.wallets.account import open_wallet
from paygent_billing.services.wallets.spending import reserved, unbilled_cost


class CreditsUsedUp(frappe.ValidationError):
	"""The usage would cost more than the customer's credits, and its line does not bill the rest."""


def refuse_beyond_credits(row: StoredRow, catalogue: Catalogue, now: datetime) -> None:
	"""Refuses the event when its line blocks and the credits do not cover its cost."""
	is_blocked = catalogue.is_blocked_somewhere(row.customer, row.ai_agent)
	if is_blocked and beyond_credits([row], catalogue, now):
		frappe.throw(
			_("The prepaid credits of {0} are used up: this usage is refused.").format(row.customer),
			CreditsUsedUp,
		)


def beyond_credits(rows: Sequence[StoredRow], catalogue: Catalogue, now: datetime) -> set[Key]:
	"""Those of the events, taken in this order, that the credits no longer cover, beside what the customer's
	other usage will draw and what is reserved.

	The order's terms, unbilled usage and wallet are read once for all events of an order's period. An event
	counts on top of the database's figure by its quantity, so distinct values and maxima are judged strictly.
	"""
	refused: set[Key] = set()
	for order, of_order in _by_order(rows, catalogue).items():
		for key in _beyond(frappe.get_doc("Billing Order", order), of_order, now):
			refused.add(key)
	return refused


def _by_order(rows: Iterable[StoredRow], catalogue: Catalogue) -> dict[str, list[StoredRow]]:
	found = defaultdict(list)
	for row in rows:
		for order in catalogue.orders.values():
			if order.status == "Active" and _takes(order, row):
				found[order.name].append(row)
	return found


def _takes(order: KnownOrder, row: StoredRow) -> bool:
	is_meant = row.billing_order in (None, order.name)
	return is_meant and order.customer == row.customer and row.ai_agent in order.blocks


@dataclass
class Running:
	"""The unbilled usage of an order's running period, as it grows event by event."""

	terms: OrderTerms
	period: Period
	quantities: dict[UsageSpan, Decimal]

	def add(self, row: StoredRow, line: OrderLine, day: date) -> None:
		for span in self.quantities:
			if span.line == line.id and span.metric == row.metric and day in span.period:
				self.quantities[span] = EXACT.add(self.quantities[span], row.quantity)

	def cost(self) -> Decimal:
		lines = usage_lines(self.terms, self.period, self.quantities)
		return total_of(row.amount for row in lines if row.type is LineType.USAGE)


@dataclass(frozen=True)
class Purse:
	"""What there is to spend, and what is spoken for besides the order's own usage."""

	balance: Balance
	reserved: Decimal


def _purse(order: Document, now: datetime) -> Purse:
	"""Locks the wallet: whoever records usage that credits must cover waits here for the others."""
	account = open_wallet(order.customer, order.currency)
	if account is None:
		return Purse(Balance(), ZERO)
	elsewhere = unbilled_cost(order.customer, order.currency, now, except_order=order.name)
	spoken_for = EXACT.add(elsewhere, reserved(account.name, now))
	return Purse(wallet.balance_of(account.lots(order.company)), spoken_for)


def _beyond(order: Document, rows: Sequence[StoredRow], now: datetime) -> Iterator[Key]:
	terms, zone = terms_of(order), zone_of(order.time_zone)
	purse = _purse(order, now)
	usage = OrderUsage(order, terms, zone, "", is_locked=True)
	known: dict[Period, Running] = {}
	for row in rows:
		day = local_date(datetime.fromtimestamp(row.occurred_ms / 1000, tz=timezone.utc), zone)
		period = running_period(order, terms, day)
		if period is None:
			continue
		if period not in known:
			known[period] = Running(terms, period, usage.unbilled(usage_needed(terms, period)))
		if not _is_covered(known[period], row, day, purse):
			yield row.customer, row.event_id


def _is_covered(running: Running, row: StoredRow, day: date, purse: Purse) -> bool:
	"""Whether the credits cover the event's lines together with it. Counts it when they do."""
	lines = [line for line in running.terms.lines if line.agent == row.ai_agent]
	before = dict(running.quantities)
	for line in lines:
		if line.overage is wallet.Overage.BLOCK:
			running.add(row, line, day)
			cost = running.cost()
			if not wallet.is_covered(purse.balance, cost, line.overage, reserved=purse.reserved):
				running.quantities = before
				return False
	return True
