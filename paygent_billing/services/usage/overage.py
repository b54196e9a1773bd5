"""Usage that the customer's prepaid credits cannot cover, on lines that block overage."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core import wallet
from paygent_billing.core.invoicing import next_step, usage_needed
from paygent_billing.core.invoicing.arrears import usage_lines
from paygent_billing.core.invoicing.invoice import LineType
from paygent_billing.core.invoicing.terms import OrderLine, OrderTerms
from paygent_billing.core.money import total_of
from paygent_billing.core.period import local_date, period_or_none
from paygent_billing.services.clock import zone_of
from paygent_billing.services.numbers import exact
from paygent_billing.services.orders.terms import position_of, terms_of
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.wallets.lots import lots_of


class CreditsUsedUp(frappe.ValidationError):
	"""The usage would cost more than the customer's credits, and its line does not bill the rest."""


def refuse_beyond_credits(event: Document) -> None:
	"""Refuses the event when the running cost of its line, with it, exceeds the available credits."""
	for order in _blocking_orders(event):
		terms = terms_of(order)
		lots = lots_of(order.customer, order.currency)
		for line in terms.lines:
			if line.agent == event.ai_agent and line.overage is wallet.Overage.BLOCK:
				cost = _cost_with(event, order, terms, line)
				if not wallet.is_covered(wallet.balance_of(lots), cost, line.overage):
					frappe.throw(
						_("The prepaid credits of {0} are used up: this usage is refused.").format(
							event.customer
						),
						CreditsUsedUp,
					)


def _blocking_orders(event: Document) -> list[Document]:
	orders, lines = frappe.qb.DocType("Billing Order"), frappe.qb.DocType("Order Line")
	query = (
		frappe.qb.from_(lines)
		.join(orders)
		.on(orders.name == lines.parent)
		.select(orders.name)
		.distinct()
		.where(orders.customer == event.customer)
		.where(orders.status == "Active")
		.where(lines.agent == event.ai_agent)
		.where(lines.overage == "Block")
	)
	if event.billing_order:
		query = query.where(orders.name == event.billing_order)
	return [frappe.get_doc("Billing Order", name) for name in query.run(pluck=True)]


def _cost_with(event: Document, order: Document, terms: OrderTerms, line: OrderLine) -> Decimal:
	"""What the line's unbilled usage up to now costs together with the event."""
	zone = zone_of(order.time_zone)
	happened = local_date(datetime.fromtimestamp(event.occurred_ms / 1000, tz=timezone.utc), zone)
	period = _running_period(order, terms, happened)
	if period is None:
		return Decimal(0)
	usage = OrderUsage(order, terms, zone, "", is_locked=True)
	quantities = usage.unbilled(usage_needed(terms, period))
	for span in quantities:
		if span.line == line.id and span.metric == event.metric and happened in span.period:
			quantities[span] += exact(event.quantity)
	lines = usage_lines(terms, period, quantities)
	return total_of(row.amount for row in lines if row.line == line.id and row.type is LineType.USAGE)


def _running_period(order: Document, terms: OrderTerms, happened: date):
	"""The days from the last billing date up to the end of the full period in which the event lies."""
	position = position_of(order)
	step = next_step(terms, position)
	start = position.billed_on or terms.start
	return period_or_none(
		start, max(terms.calendar.full_period(happened).end, step.date if step else happened)
	)
