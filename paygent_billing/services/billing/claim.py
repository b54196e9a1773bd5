"""Who bills a period is decided by a unique key in the database: the first to insert its row."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import BillingStep
from paygent_billing.services.orders.pending import carry_again


class BilledElsewhere(Exception):
	"""Another process bills, or has billed, this period."""


def claim_period(order: Document, step: BillingStep, today: date) -> str:
	"""Inserts the Billing Period and returns its name.

	While another transaction holds the same period this waits for it; BilledElsewhere when that one commits.
	"""
	return insert_period(
		order,
		kind=step.kind.value.capitalize(),
		start=step.date,
		end=step.advance.end if step.advance else None,
		arrears_from=step.arrears.start if step.arrears else None,
		arrears_until=step.arrears.end if step.arrears else None,
		issued_on=today,
	)


def insert_period(order: Document, *, kind: str, start: date, **values: object) -> str:
	"""Inserts a Billing Period row of the order; BilledElsewhere when there is one with its key."""
	row = frappe.new_doc("Billing Period")
	row.update(
		{"billing_order": order.name, "customer": order.customer, "kind": kind, "start": start, **values}
	)
	try:
		row.db_insert_as_service()
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError) as error:
		frappe.clear_last_message()
		raise BilledElsewhere from error
	return row.name


def finish_period(order: Document, period: str, invoice: str | None) -> None:
	"""Writes what the period came to, and that its invoice is to be sent when the order asks for that."""
	values = {"sales_invoice": invoice, "state": "Billed" if invoice else "Nothing to bill"}
	if invoice and order.invoice_email != "Off":
		values["email_state"] = "To send"
	frappe.db.set_value("Billing Period", period, values, update_modified=False)


def void_period(invoice: str) -> None:
	"""The invoice was cancelled: its period says so and is not billed again by itself."""
	period = frappe.db.get_value("Billing Period", {"sales_invoice": invoice})
	if period:
		frappe.db.set_value("Billing Period", period, "state", "Void", update_modified=False)
		carry_again(period)
