"""The log of what happened to orders, invoices and wallets: append-only, written in the same transaction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document


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
	row = frappe.new_doc("Billing Event")
	row.update(
		{
			"event": event,
			"billing_order": order.name,
			"customer": order.customer,
			"currency": order.currency,
			"sales_invoice": sales_invoice,
			"happened_on": happened_on,
			"amount": float(amount) if amount is not None else 0,
			"details": frappe.as_json(details) if details else None,
		}
	)
	row.db_insert_as_service()
