"""The invoice that an order asks for at once when it is changed."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import Facts, bill_changes
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.claim import finish_period, insert_period
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.orders.pending import add_pending, bill_pending, pending_lines
from paygent_billing.services.orders.terms import position_of, terms_of
from paygent_billing.services.wallets.billed import Billed, post_billing


def bill_corrections_now(order: Document, *, at: datetime) -> str | None:
	"""Bills the corrections that wait, in the transaction of the change, and returns the invoice.

	One-off charges keep waiting for the next billing date.
	"""
	today = today_in(zone_of(order.time_zone), at)
	rate = invoice_of_draft.conversion_rate(order, today)
	period = insert_period(
		order, kind="Change", start=today, sequence=_changes_on(order, today), issued_on=today
	)
	names, pending = pending_lines(order.name, one_offs=False)
	terms = terms_of(order)
	billing = bill_changes(terms, position_of(order), Facts(pending=pending))
	invoice = None
	if billing.is_issued:
		invoice = invoice_of_draft.issue(
			order, billing.draft, issued_on=today, conversion_rate=rate, origin="Change"
		)
	post_billing(terms, billing, Billed(period, invoice, today, today))
	bill_pending(names, period)
	if billing.draft.carried:
		add_pending(order, [invoice_of_draft.carried_line(billing.draft)], cause=f"carried from {period}")
	finish_period(order, period, invoice)
	record_event(
		"invoice.issued", order, happened_on=today, amount=billing.draft.total, sales_invoice=invoice
	)
	return invoice


def _changes_on(order: Document, today: object) -> int:
	return frappe.db.count("Billing Period", {"billing_order": order.name, "start": today, "kind": "Change"})
