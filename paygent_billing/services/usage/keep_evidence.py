"""Writes on an invoice's usage lines what they were billed from, in the transaction that bills them."""

from __future__ import annotations

from dataclasses import replace

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import OrderTerms, metric_billed
from paygent_billing.services.numbers import day
from paygent_billing.services.usage.billed_line import FIELDS, billed_line, rows_of_usage
from paygent_billing.services.usage.evidence import evidence_of


def keep_evidence(order: Document, terms: OrderTerms, *, invoice: str, period: str) -> None:
	"""Gives each usage line of the invoice its metric, the Billing Period that claimed its events, their
	number and their hash.
	"""
	head = frappe._dict(customer=order.customer, billing_order=order.name)
	for row in rows_of_usage(invoice, list(FIELDS)):
		metric = metric_billed(terms, (row.order_line, row.billing_charge, day(row.service_from)))
		line = replace(billed_line(head, row), metric=metric, period=period)
		found = evidence_of(line)
		values = {
			"usage_metric": metric,
			"usage_period": period,
			"usage_events": found.events,
			"usage_hash": found.hash,
		}
		frappe.db.set_value("Sales Invoice Item", row.name, values, update_modified=False)
