"""A customer's statement as PDF."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import escape_html

from paygent_billing.services.invoices.pdf import document_pdf
from paygent_billing.services.statements.statement import Request, check_may_read

PRINT_FORMAT = "Agent Billing Statement"


@frappe.whitelist(methods=["GET", "POST"])
def download(customer: str, company: str, first_day: str, last_day: str) -> None:
	"""The statement of the customer for these days, both inclusive (YYYY-MM-DD), in the customer's language.

	PermissionError for who may not read the customer, its invoices or the company.
	"""
	first, last = _date(first_day), _date(last_day)
	if first > last:
		frappe.throw(_("The first day must not be after the last day."))
	frappe.flags.statement_request = asked = Request(company, first, last)
	check_may_read(asked)
	pdf = document_pdf("Customer", customer, PRINT_FORMAT)
	filename = f"{frappe.scrub(customer).replace('/', '-')}-{last_day}.pdf"
	frappe.local.response.update({"filename": filename, "filecontent": pdf, "type": "pdf"})


def _date(text: str) -> date:
	try:
		return date.fromisoformat(text)
	except ValueError:
		frappe.throw(_("{0} is no date. Write it as 2026-01-31.").format(escape_html(text)))
