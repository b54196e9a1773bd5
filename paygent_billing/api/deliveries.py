"""An invoice by e-mail, whenever somebody asks for it."""

from typing import Any

import frappe

from paygent_billing.services.deliveries.ask import ask_for_delivery, recipient_of


@frappe.whitelist(methods=["POST"])
def send(invoice: str, recipients: str | None = None, note: str | None = None) -> dict[str, Any]:
	"""Sends the invoice with its PDF and a link within the next minutes, and logs it as an Invoice Delivery.

	Without recipients it goes to the order's contact, else to the customer. May be asked for at any time.
	"""
	document = frappe.get_doc("Sales Invoice", invoice)
	row = ask_for_delivery(document, recipients, note=note or "")
	return {"name": row.name, "recipients": row.recipients, "state": row.state}


@frappe.whitelist(methods=["POST"])
def of_invoice(invoice: str) -> dict[str, Any]:
	"""To whom the invoice would go, and what was sent of it so far, the latest first."""
	document = frappe.get_doc("Sales Invoice", invoice)
	document.check_permission("read")
	fields = ["name", "creation", "recipients", "state", "sent_at", "asked_by", "error"]
	rows = frappe.get_all(
		"Invoice Delivery", filters={"sales_invoice": invoice}, fields=fields, order_by="creation desc"
	)
	return {"recipient": _recipient(document), "deliveries": rows}


def _recipient(invoice: Any) -> str:
	try:
		return recipient_of(invoice)
	except frappe.ValidationError:
		frappe.clear_last_message()
		return ""
