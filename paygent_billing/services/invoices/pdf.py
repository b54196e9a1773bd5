"""The PDF of an invoice, made by WeasyPrint: quicker than wkhtmltopdf, and it asks nothing of a network.

Who gets our print format: the e-mails, downloads and portal of this app, which all come through
`invoice_pdf`, and whoever picks it in the print view. The site's default print format of Sales Invoice is
left as it is: the site also sells other things, its default belongs to whoever set it, and ERPNext keeps
one default for all Sales Invoices, not one for those with a billing order.

Frappe calls `generate` (hook `pdf_generator`) for every PDF that is not wkhtmltopdf's. The print format
names the generator "weasyprint". Frappe's Select does not know that name, but it does not check Selects of
what it imports from an app, and a standard print format is never saved otherwise: no Property Setter is
needed. Where Frappe knows no generators (before 15.72), or a URL asks for wkhtmltopdf by name, the same
template goes the usual way.
"""

from __future__ import annotations

import io
import unicodedata

import frappe
from frappe.translate import print_language
from frappe.utils import flt
from pypdf import PdfReader, PdfWriter

from paygent_billing.services.invoices.look import page_size_of

PRINT_FORMAT = "Agent Billing Invoice"
GENERATOR = "weasyprint"
SIZED_FORMATS = {"Agent Billing Invoice A4": "A4", "Agent Billing Invoice Letter": "Letter"}
SLIPS = {
	"Agent Billing Slip 58 mm": 58,
	"Agent Billing Slip 80 mm": 80,
	"Agent Billing Receipt Slip 58 mm": 58,
	"Agent Billing Receipt Slip 80 mm": 80,
}
OTHER_FORMATS = ("Agent Billing Receipt", "Agent Billing Statement", "Agent Billing Wallet Statement")
OUR_FORMATS = (PRINT_FORMAT, *SIZED_FORMATS, *SLIPS, *OTHER_FORMATS)
PAGE_SIZES = ("A3", "A4", "A5", "B4", "B5", "Letter", "Legal", "Ledger")
LONGEST_SLIP = 3000  # mm
DROPPED = ("script", "style", "link", "base", "meta")


def print_format_of(invoice: str) -> str | None:
	"""Our print format for an invoice that billing made; None, the site's default, for any other."""
	return PRINT_FORMAT if frappe.db.get_value("Sales Invoice", invoice, "billing_order") else None


def invoice_pdf(invoice: str, *, letterhead: str | None = None, print_format: str = PRINT_FORMAT) -> bytes:
	"""The invoice in a print format of ours and in its own language. Raises PermissionError for who may not
	print it.
	"""
	return document_pdf("Sales Invoice", invoice, print_format, letterhead=letterhead)


def document_pdf(doctype: str, name: str, print_format: str, *, letterhead: str | None = None) -> bytes:
	"""The document in a print format of ours, in its own or its customer's language. Raises PermissionError
	for who may not print it.
	"""
	asked = frappe.local.form_dict.pop("pdf_generator", None)  # get_print keeps the first of a request or job
	about = _invoice_behind(doctype, name)
	language = _language_of(doctype, name, about)
	try:
		with print_language(language or frappe.local.lang):
			return frappe.get_print(
				doctype,
				name,
				print_format,
				as_pdf=True,
				pdf_options=size_for(about),
				letterhead=letterhead,
				pdf_generator=GENERATOR,
			)
	finally:
		frappe.local.form_dict.pop("pdf_generator", None)
		if asked:
			frappe.local.form_dict.pdf_generator = asked


def _language_of(doctype: str, name: str, invoice: str | None) -> str | None:
	"""That of the invoice that the paper is about, else of the customer."""
	if invoice:
		return frappe.db.get_value("Sales Invoice", invoice, "language")
	is_customer = doctype == "Customer"
	customer = name if is_customer else frappe.db.get_value(doctype, name, "customer")
	return frappe.db.get_value("Customer", customer, "language")


def _invoice_behind(doctype: str, name: str) -> str | None:
	"""The invoice itself, or that of a receipt; None for a customer's statement."""
	if doctype == "Billing Receipt":
		return frappe.db.get_value(doctype, name, "sales_invoice")
	return name if doctype == "Sales Invoice" else None


def size_for(invoice: str | None) -> dict[str, str]:
	"""The page size that the template asks for, the invoice's or the one of Paygent Settings, as options of
	a PDF.
	"""
	template = frappe.db.get_value("Sales Invoice", invoice, "invoice_template") if invoice else None
	size = page_size_of(template)
	return {"page-size": size} if size else {}


def pdf_of_page(page: str, options: dict[str, str]) -> bytes:
	"""The PDF of a page that holds an invoice of ours, in the size that the options or Print Settings ask."""
	return _render(page, _page_size(PRINT_FORMAT, options))


def generate(
	print_format: str | None, html: str, options: dict | None = None, output: PdfWriter | None = None
) -> bytes | PdfWriter | None:
	"""Frappe's hook `pdf_generator`: the PDF of the page that get_print made, or `output` with its pages
	added.

	None for print formats that are not ours, which tells Frappe to go on. The name of the format decides,
	not the generator that is asked for: get_print remembers that one across formats.
	"""
	if print_format not in OUR_FORMATS:
		return None
	if print_format in SLIPS:
		pdf = _render_roll(html, SLIPS[print_format])
	else:
		pdf = _render(html, _page_size(print_format, options or {}))
	password = (options or {}).get("password")
	if output is None and not password:
		return pdf
	writer = output if output is not None else PdfWriter()
	writer.append_pages_from_reader(PdfReader(io.BytesIO(pdf)))
	return writer if output is not None else _encrypted(writer, password)


def _render(html: str, page_size: str) -> bytes:
	return _layout(html, page_size).write_pdf()


def _layout(html: str, page_size: str) -> object:
	"""WeasyPrint is loaded here, since it needs Pango: a site without it can still print all else."""
	from weasyprint import CSS, HTML

	from paygent_billing.services.invoices.site_files import fetch, site_url

	page = HTML(string=html, base_url=site_url(), url_fetcher=fetch)
	_drop_what_is_for_browsers(page.etree_element)
	_direct_texts(page.etree_element)
	size = CSS(string=f"@page {{ size: {page_size} }}", url_fetcher=fetch)
	return page.render(stylesheets=[size])


def _render_roll(html: str, width: int) -> bytes:
	"""A page as long as what stands on it: laid out once to measure it, and once more in that length."""
	tall = _layout(html, f"{width}mm {LONGEST_SLIP}mm")
	margin = 4
	length = sum(_height_of(page) for page in tall.pages) + margin
	return _layout(html, f"{width}mm {min(length, LONGEST_SLIP):.0f}mm").write_pdf()


def _height_of(page: object) -> float:
	"""The height in mm of what stands on the page."""
	root = page._page_box.children[0]
	return root.margin_height() * 25.4 / 96 + 1


def _drop_what_is_for_browsers(root: object) -> None:
	"""Leaves the title and the invoice itself: no toolbar, no scripts, none of Frappe's style sheets."""
	head, body = root.find("head"), root.find("body")
	for element in [child for child in head if child.tag in DROPPED]:
		head.remove(element)
	invoice = body.find(".//div[@class='print-format']")
	for element in list(body):
		body.remove(element)
	body.append(invoice)


def _direct_texts(root: object) -> None:
	"""Gives each <bdi> the direction of its first letter, as browsers do and WeasyPrint does not."""
	for element in root.iter("bdi"):
		if "dir" not in element.attrib:
			kinds = map(unicodedata.bidirectional, "".join(element.itertext()))
			strong = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
			element.set("dir", "ltr" if strong == "L" else "rtl")


def _page_size(print_format: str, options: dict) -> str:
	"""The size that the print format, the caller or else Print Settings ask for, as CSS; A4 for what CSS has
	no name for.
	"""
	if print_format in SIZED_FORMATS:
		return SIZED_FORMATS[print_format]
	settings = frappe.get_cached_doc("Print Settings")
	size = options.get("page-size") or settings.pdf_page_size
	width, height = flt(settings.pdf_page_width), flt(settings.pdf_page_height)
	if size == "Custom" and width > 0 and height > 0:
		return f"{width}mm {height}mm"
	return size if size in PAGE_SIZES else "A4"


def _encrypted(writer: PdfWriter, password: str) -> bytes:
	writer.encrypt(password)
	content = io.BytesIO()
	writer.write(content)
	return content.getvalue()
