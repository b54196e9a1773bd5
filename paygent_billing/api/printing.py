"""Frappe's PDF download, so that our print formats are always made by our own generator."""

from inspect import signature

import frappe
from frappe.utils import print_format as core
from frappe.www.printview import validate_print_permission

from paygent_billing.services.invoices.pdf import OUR_FORMATS, PRINT_FORMAT, document_pdf, invoice_pdf
from paygent_billing.services.invoices.stored_pdf import is_billing_invoice, stored_pdf


@frappe.whitelist(allow_guest=True, methods=["GET", "POST"])
def download_pdf(doctype: str, name: str, format: str | None = None, **options: object) -> None:
	"""What Frappe's method of this name does. Frappe 16 asks wkhtmltopdf whatever the print format says, and
	refuses to be asked for another generator over HTTP; for our formats this asks ours.

	An issued invoice comes as the PDF that is stored of it. Whoever may not print the document gets a
	PermissionError, as from Frappe's own.
	"""
	if format in OUR_FORMATS and doctype == frappe.db.get_value("Print Format", format, "doc_type"):
		letterhead = str(options["letterhead"]) if options.get("letterhead") else None
		is_invoice = doctype == "Sales Invoice"
		pdf = (
			_invoice(name, format, letterhead)
			if is_invoice
			else document_pdf(doctype, name, format, letterhead=letterhead)
		)
		filename = f"{name.replace(' ', '-').replace('/', '-')}.pdf"
		frappe.local.response.update({"filename": filename, "filecontent": pdf, "type": "pdf"})
		return
	known = signature(core.download_pdf).parameters
	core.download_pdf(doctype, name, format, **{key: options[key] for key in options if key in known})


def _invoice(name: str, print_format: str, letterhead: str | None) -> bytes:
	invoice = frappe.get_doc("Sales Invoice", name)
	if print_format == PRINT_FORMAT and invoice.docstatus and is_billing_invoice(invoice):
		validate_print_permission(invoice)
		return stored_pdf(name)
	return invoice_pdf(name, letterhead=letterhead, print_format=print_format)
