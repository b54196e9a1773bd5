"""An invoice printed below a check of who may have it: for what is stored, and for who holds a link to it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import escape_html
from frappe.www.printview import get_rendered_template

from paygent_billing.services.invoices.pdf import PRINT_FORMAT, pdf_of_page, size_for


def unchecked_html(
	document: Document, *, print_format: str = PRINT_FORMAT, language: str | None = None
) -> str:
	"""The document as HTML, in its own language. A void invoice is printed as well, whatever Print Settings
	say: it says of itself that it is cancelled.
	"""
	before = frappe.flags.ignore_print_permissions
	frappe.flags.ignore_print_permissions = True
	try:
		with print_language(language or document.get("language") or frappe.local.lang):
			return get_rendered_template(
				document,
				print_format=frappe.get_cached_doc("Print Format", print_format),
				settings={"allow_print_for_cancelled": 1},
			)
	finally:
		frappe.flags.ignore_print_permissions = before


def unchecked_pdf(invoice: str) -> bytes:
	"""The invoice as PDF, as it stands now."""
	document = frappe.get_doc("Sales Invoice", invoice)
	body = unchecked_html(document)
	language = escape_html(document.language or frappe.local.lang)
	page = (
		f'<html lang="{language}"><head><title>{escape_html(invoice)}</title></head>'
		f'<body><div class="print-format">{body}</div></body></html>'
	)
	return pdf_of_page(page, size_for(invoice))
