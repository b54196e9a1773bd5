"""Asks for an invoice to be sent: a row that waits, written in the transaction that is open."""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, validate_email_address

MOST_RECIPIENTS = 10


def ask_for_delivery(invoice: Document, recipients: str | None, *, note: str = "") -> Document:
	"""Lets the invoice wait to be sent to these addresses, else to its own; as often as anybody asks.

	PermissionError for who may not e-mail it. Refused for drafts, and for what is no address.
	"""
	invoice.check_permission("read")
	invoice.check_permission("email")
	if not invoice.docstatus:
		frappe.throw(_("{0} is a draft. Issue it before you send it.").format(invoice.name))
	addresses = read_addresses(recipients) or [recipient_of(invoice)]
	return insert_delivery(invoice, addresses, note=note, asked_by=frappe.session.user)


def insert_delivery(
	invoice: Document,
	recipients: list[str],
	*,
	note: str = "",
	asked_by: str | None = None,
	cause: str | None = None,
) -> Document:
	"""Adds the row, below a check of who asks. The database refuses a second one with the same cause."""
	row = frappe.new_doc("Invoice Delivery")
	row.update(
		{
			"sales_invoice": invoice.name,
			"recipients": ", ".join(recipients),
			"state": "Waiting",
			"asked_by": asked_by,
			"cause": cause,
			"note": note,
		}
	)
	row.db_insert_as_service()
	return row


def read_addresses(text: str | None) -> list[str]:
	"""The addresses in the text, apart by commas or lines, each once. Refused when one is none."""
	found = [part.strip() for part in re.split(r"[,;\s]+", text or "") if part.strip()]
	wrong = [address for address in found if not validate_email_address(address)]
	if wrong:
		frappe.throw(_("{0} is no e-mail address.").format(escape_html(wrong[0])))
	if len(found) > MOST_RECIPIENTS:
		frappe.throw(_("An invoice goes to {0} addresses at most.").format(MOST_RECIPIENTS))
	return list(dict.fromkeys(found))


def recipient_of(invoice: Document) -> str:
	"""The address of the order's contact, else of the invoice's, else the customer's. Refused when there is
	none.
	"""
	order = invoice.get("billing_order")
	contact = frappe.db.get_value("Billing Order", order, "contact_person") if order else None
	contact = contact or invoice.contact_person
	address = frappe.db.get_value("Contact", contact, "email_id") if contact else None
	address = address or frappe.db.get_value("Customer", invoice.customer, "email_id")
	return address or frappe.throw(
		_("{0} has no e-mail address. Add one to the customer or to the order's contact.").format(
			invoice.customer
		)
	)
