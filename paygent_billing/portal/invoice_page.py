"""The customer's view of an invoice: a page under /i/TOKEN, and its PDF under /i/TOKEN/pdf.

It needs no sign-in and opens only what its token opens. Frappe's own page templates are left aside: this page
runs no script and asks nothing of any other site.
"""

from __future__ import annotations

import re

import frappe
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import now_datetime
from frappe.utils.jinja_globals import is_rtl
from werkzeug.wrappers import Response

from paygent_billing.services.invoices.history import history_of
from paygent_billing.services.invoices.page import unchecked_html
from paygent_billing.services.invoices.pictures import with_own_pictures
from paygent_billing.services.invoices.stored_pdf import stored_pdf
from paygent_billing.services.links.limit import PER_CLIENT, PER_LINK, is_over_limit
from paygent_billing.services.links.tokens import ROUTE, invoice_of, remember_seen

PATH = re.compile(rf"{ROUTE}/(?P<token>[^/]+)(?P<pdf>/pdf)?")
TEMPLATES = "paygent_billing/templates/portal/"
HEADERS = {
	"Cache-Control": "no-store, private",
	"Content-Security-Policy": (
		"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
		" base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	),
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
	"X-Frame-Options": "DENY",
	"X-Robots-Tag": "noindex, nofollow, noarchive",
}


class InvoicePage:
	"""Frappe's hook `page_renderer`: it asks each page whether it is theirs, and then for the answer."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.found = PATH.fullmatch((path or "").strip("/"))

	def can_render(self) -> bool:
		return bool(self.found) and hasattr(frappe.local, "request")

	def render(self) -> Response:
		token = self.found["token"]
		if is_over_limit("invoice_page", frappe.local.request_ip or "", PER_CLIENT):
			return _answer(_page("busy.html"), 429)
		invoice = invoice_of(token, now_datetime())
		if invoice is None or frappe.local.request.method not in ("GET", "HEAD"):
			return _answer(_page("nothing.html"), 404)
		if is_over_limit("invoice_link", token, PER_LINK):
			return _answer(_page("busy.html"), 429)
		if self.found["pdf"]:
			return _pdf(invoice)
		return _view(frappe.get_doc("Sales Invoice", invoice), token)


def _view(invoice: Document, token: str) -> Response:
	if remember_seen(token):
		frappe.local.flags.commit = True  # a GET is rolled back otherwise
	with print_language(invoice.language or frappe.local.lang):
		context = {
			"invoice": invoice,
			"page": with_own_pictures(unchecked_html(invoice)),
			"history": history_of(invoice),
			"download": f"/{ROUTE}/{token}/pdf",
			"language": frappe.local.lang,
			"direction": "rtl" if is_rtl() else "ltr",
		}
		return _answer(_page("invoice.html", **context), 200)


def _pdf(invoice: str) -> Response:
	response = _answer(stored_pdf(invoice), 200, "application/pdf")
	filename = re.sub(r"[^\w.-]", "-", invoice)
	response.headers["Content-Disposition"] = f'attachment; filename="{filename}.pdf"'
	return response


def _page(template: str, **context: object) -> str:
	return frappe.get_jenv().get_template(TEMPLATES + template).render(**context)


def _answer(content: str | bytes, status: int, mimetype: str = "text/html") -> Response:
	response = Response(content, status=status, mimetype=mimetype)
	response.headers.update(HEADERS)
	return response
