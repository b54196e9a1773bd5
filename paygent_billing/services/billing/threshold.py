"""Usage that reaches its order's threshold is invoiced at once."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import (
	BillingStep,
	Facts,
	OrderPosition,
	OrderTerms,
	bill_threshold,
	is_reached,
	threshold_step,
	usage_needed,
)
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.claim import finish_period, insert_period
from paygent_billing.services.billing.facts import billed_by_thresholds
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.orders.terms import position_of, position_values, terms_of
from paygent_billing.services.usage.keep_evidence import keep_evidence
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.wallets.account import open_wallet
from paygent_billing.services.wallets.billed import Billed, post_billing


def bill_if_reached(name: str, *, moment: datetime) -> str | None:
	"""Invoices the order's unbilled usage when it has reached the threshold. Commits; returns the invoice.

	What the caller has not committed is rolled back.
	"""
	return with_retry(lambda: _look(name, moment))


def _look(name: str, moment: datetime) -> str | None:
	frappe.db.rollback()
	order = frappe.get_doc("Billing Order", name, for_update=True)
	if not order.grace_hours:  # else its draft in grace is still to be looked at
		frappe.db.set_value("Billing Order", name, "has_new_usage", 0, update_modified=False)
	terms, position = terms_of(order), position_of(order)
	today = today_in(zone_of(order.time_zone), moment)
	step = threshold_step(terms, position, today) if order.status == "Active" else None
	invoice = _bill(order, terms, position, step) if step else None
	frappe.db.commit()
	return invoice


def _bill(order: Document, terms: OrderTerms, position: OrderPosition, step: BillingStep) -> str | None:
	needed = usage_needed(terms, step.arrears)
	usage = OrderUsage(order, terms, zone_of(order.time_zone), "")
	billed = billed_by_thresholds(order, position, step)
	if not is_reached(terms, step, Facts(quantities=usage.so_far(needed), billed=billed)):
		return None
	rate = invoice_of_draft.conversion_rate(order, step.date)
	number = position.thresholds + 1
	period = insert_period(order, kind="Threshold", start=step.date, sequence=number, issued_on=step.date)
	usage = OrderUsage(order, terms, zone_of(order.time_zone), period)
	usage.claim(needed)
	wallet = open_wallet(order.customer, order.currency)
	lots = wallet.lots(order.company) if wallet else ()
	facts = Facts(quantities=usage.billed(needed), billed=billed, lots=lots)
	billing = bill_threshold(terms, position, step, facts)
	invoice = invoice_of_draft.issue(
		order, billing.draft, issued_on=step.date, conversion_rate=rate, origin="Threshold"
	)
	keep_evidence(order, terms, invoice=invoice, period=period)
	post_billing(terms, billing, Billed(period, invoice, step.date, step.date), wallet)
	finish_period(order, period, invoice)
	_count(order, billing.position)
	record_event(
		"invoice.issued", order, happened_on=step.date, amount=billing.draft.total, sales_invoice=invoice
	)
	return invoice


def _count(order: Document, position: OrderPosition) -> None:
	"""Writes the position; a billing of the order that is under way sees by the revision that it moved."""
	values = {**position_values(order, position), "revision": order.revision + 1}
	frappe.db.set_value("Billing Order", order.name, values, update_modified=False)
