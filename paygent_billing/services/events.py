"""The log of what happened to orders, invoices and wallets: append-only, written in the same transaction.

It is the outbox as well: who subscribed is noted with the event, and told after the commit (services/outbox).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document

from paygent_billing.services.outbox.subscribe import note_subscribers


@dataclass(frozen=True)
class Subject:
	"""What an event is about: a customer, and as far as it goes an order, an invoice and the currency."""

	customer: str | None
	currency: str | None = None
	billing_order: str | None = None
	sales_invoice: str | None = None


def record_event(
	event: str,
	order: Document,
	*,
	happened_on: date,
	amount: Decimal | None = None,
	sales_invoice: str | None = None,
	**details: Any,
) -> None:
	"""Adds a Billing Event about the order. `event` is a name such as `invoice.issued`."""
	subject = Subject(order.customer, order.currency, order.name, sales_invoice)
	record(event, subject, happened_on=happened_on, amount=amount, **details)


def record_invoice_event(
	event: str, invoice: Document, *, happened_on: date, amount: Decimal | None = None, **details: Any
) -> None:
	"""Adds a Billing Event about a Sales Invoice, whether or not it belongs to an order."""
	subject = Subject(invoice.customer, invoice.currency, invoice.get("billing_order"), invoice.name)
	record(event, subject, happened_on=happened_on, amount=amount, **details)


def record(
	event: str, subject: Subject, *, happened_on: date, amount: Decimal | None = None, **details: Any
) -> str:
	"""Adds a Billing Event in the transaction that is open, and returns its name.

	`details` go to subscribers as they are: texts, numbers and dates, amounts as texts.
	"""
	row = frappe.new_doc("Billing Event")
	# Naming it ourselves runs no hook, on which Frappe would run the Webhooks' conditions here and now.
	row.name, row.flags.name_set = frappe.generate_hash(length=10), True
	row.update(
		{
			"event": event,
			"billing_order": subject.billing_order,
			"customer": subject.customer,
			"currency": subject.currency,
			"sales_invoice": subject.sales_invoice,
			"happened_on": happened_on,
			"amount": float(amount) if amount is not None else 0,
			"details": frappe.as_json(details) if details else None,
		}
	)
	row.db_insert_as_service()
	note_subscribers(row)
	return row.name
