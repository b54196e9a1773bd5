"""Who is told of an event: every enabled Webhook on Billing Event, noted in the event's own transaction."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

EVENT_DOCTYPE = "Billing Event"


def note_subscribers(event: Document) -> None:
	"""Adds a delivery for each Webhook, in the transaction that writes the event.

	Frappe's own Webhooks are not run for it: the event is inserted below the hooks that they hang on.
	"""
	for webhook in subscribers():
		row = frappe.new_doc("Event Delivery")
		row.update(
			{
				"billing_event": event.name,
				"event": event.event,
				"webhook": webhook,
				"customer": event.customer,
				"state": "Pending",
			}
		)
		row.db_insert_as_service()


def subscribers() -> list[str]:
	"""The enabled Webhooks on Billing Event, read from the database: a cached list could miss a new one."""
	filters = {"enabled": 1, "webhook_doctype": EVENT_DOCTYPE}
	return frappe.get_all("Webhook", filters=filters, pluck="name", order_by="name asc")
