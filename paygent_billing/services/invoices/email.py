"""Invoices of periods that wait to be e-mailed: once each, after the billing that made them is committed."""

from __future__ import annotations

import frappe

from paygent_billing.services.billing.retry import start_over
from paygent_billing.services.deliveries.ask import insert_delivery, recipient_of
from paygent_billing.services.deliveries.queue import queue_delivery, reason_of


def send_waiting_invoices() -> dict[str, int]:
	"""Sends all invoices that wait, each in its own transaction, and returns how many were sent and failed.

	The mail is queued in the transaction that marks it as sent, so that a crash neither loses nor doubles it.
	What becomes of it then stands on its Invoice Delivery, of which there is one per period.
	"""
	waiting = frappe.get_all(
		"Billing Period", filters={"email_state": "To send"}, pluck="name", order_by="creation asc"
	)
	sent = [_send(period) for period in waiting]
	return {"sent": sum(sent), "failed": len(sent) - sum(sent)}


def _send(period: str) -> bool:
	try:
		state = frappe.db.get_value("Billing Period", period, "email_state", for_update=True)
		if state == "To send":
			values = {"email_state": "Sent" if _deliver(period) else None, "email_error": None}
			frappe.db.set_value("Billing Period", period, values)
		frappe.db.commit()
	except Exception as error:
		start_over()
		frappe.log_error(
			title=f"E-mail of {period}", reference_doctype="Billing Period", reference_name=period
		)
		values = {"email_state": "Failed", "email_error": reason_of(error)}
		frappe.db.set_value("Billing Period", period, values)
		frappe.db.commit()
		return False
	return True


def _deliver(period: str) -> bool:
	"""Whether there was something to send: an invoice that is void by now never reached its customer."""
	invoice = frappe.get_doc("Sales Invoice", frappe.db.get_value("Billing Period", period, "sales_invoice"))
	if invoice.docstatus == 2:
		return False
	row = insert_delivery(invoice, [recipient_of(invoice)], cause=f"period {period}")
	queue_delivery(row.name)
	return True
