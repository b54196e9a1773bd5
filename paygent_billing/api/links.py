"""Links to the customer's view of an invoice: make, list, revoke; and the invoice as its customer sees it."""

import base64
import json
from typing import Any

import frappe
from frappe import _
from frappe.translate import print_language

from paygent_billing.services.invoices.page import unchecked_html
from paygent_billing.services.invoices.pdf import document_pdf
from paygent_billing.services.links import tokens
from paygent_billing.services.slips.escpos import ROLLS, slip_bytes
from paygent_billing.services.slips.slip import billing_slip

SLIP_FORMATS = {
	"Sales Invoice": "Agent Billing Slip {0} mm",
	"Billing Receipt": "Agent Billing Receipt Slip {0} mm",
}


@frappe.whitelist(methods=["POST"])
def create(invoice: str) -> dict[str, str]:
	"""Makes a link. Its address is answered once and cannot be asked for again."""
	_check_may_hand_out(invoice)
	return {"link": tokens.new_link(invoice, origin="Desk")}


@frappe.whitelist(methods=["POST"])
def of_invoice(invoice: str) -> list[dict[str, Any]]:
	"""The invoice's links, the latest first: when each expires, was opened first, or was revoked."""
	frappe.has_permission("Sales Invoice", "read", doc=invoice, throw=True)
	fields = ["name", "origin", "creation", "expires_at", "revoked_at", "first_seen"]
	return frappe.get_all(
		"Invoice Link", filters={"sales_invoice": invoice}, fields=fields, order_by="creation desc"
	)


@frappe.whitelist(methods=["POST"])
def revoke(link: str) -> None:
	"""From now on the link opens nothing."""
	tokens.revoke(link)


@frappe.whitelist(methods=["POST"])
def preview(doc: str) -> str:
	"""The HTML of a Sales Invoice as the form has it, saved or not; nothing is written."""
	invoice = frappe.get_doc({**_values(doc), "doctype": "Sales Invoice"})
	is_new = not frappe.db.exists("Sales Invoice", invoice.name)
	saved = None if is_new else frappe.get_doc("Sales Invoice", invoice.name)
	frappe.has_permission("Sales Invoice", "create" if is_new else "read", doc=saved, throw=True)
	frappe.has_permission("Company", "read", doc=invoice.company, throw=True)
	return unchecked_html(invoice)


@frappe.whitelist(methods=["POST"])
def slip(doctype: str, name: str, width: int) -> dict[str, str]:
	"""The ESC/POS bytes of a Sales Invoice or Billing Receipt for a roll of 58 or 80 mm, in base64, with a
	QR code of a new link.
	"""
	document = _document_for_slip(doctype, name, width)
	language = frappe.db.get_value("Sales Invoice", _invoice_of(document), "language")
	with print_language(language or frappe.local.lang):
		return _file(f"{name}-{width}mm.bin", slip_bytes(billing_slip(document), width))


@frappe.whitelist(methods=["POST"])
def slip_pdf(doctype: str, name: str, width: int) -> dict[str, str]:
	"""The same as a PDF, for printers that take pages, in base64."""
	_document_for_slip(doctype, name, width)
	return _file(f"{name}-{width}mm.pdf", document_pdf(doctype, name, SLIP_FORMATS[doctype].format(width)))


def _document_for_slip(doctype: str, name: str, width: int) -> Any:
	"""The document, when it may be printed; the slip's new link is set."""
	if doctype not in SLIP_FORMATS or width not in ROLLS:
		frappe.throw(_("A slip is of a Sales Invoice or Billing Receipt, 58 or 80 mm wide."))
	document = frappe.get_doc(doctype, name)
	document.check_permission("read")
	document.check_permission("print")
	frappe.flags.slip_link = _link_for_slip(document)
	return document


def _file(filename: str, content: bytes) -> dict[str, str]:
	return {"filename": filename.replace("/", "-"), "content": base64.b64encode(content).decode()}


def _values(doc: str) -> dict[str, Any]:
	try:
		values = json.loads(doc)
	except ValueError:
		values = None
	if not isinstance(values, dict):
		frappe.throw(_("The invoice to preview is no JSON object."))
	return values


def _link_for_slip(document: Any) -> str:
	invoice = _invoice_of(document)
	_check_may_hand_out(invoice)
	is_issued = frappe.db.get_value("Sales Invoice", invoice, "docstatus")
	return tokens.new_link(invoice, origin="Slip") if is_issued else ""


def _invoice_of(document: Any) -> str:
	return document.name if document.doctype == "Sales Invoice" else document.sales_invoice


def _check_may_hand_out(invoice: str) -> None:
	for permission in ("read", "print"):
		frappe.has_permission("Sales Invoice", permission, doc=invoice, throw=True)
