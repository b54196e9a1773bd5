"""Invoices that wait to be e-mailed: sent once each, after the billing that made them is committed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money, formatdate, strip_html
from frappe.utils.data import escape_html

from paygent_billing.services.billing.retry import start_over
from paygent_billing.services.invoices.pdf import invoice_pdf


def send_waiting_invoices() -> dict[str, int]:
	"""Sends all invoices that wait, each in its own transaction, and returns how many were sent and failed.

	The mail is queued in the transaction that marks it as sent, so that a crash neither loses nor doubles it.
	"""
	waiting = frappe.get_all(
		"Billing Period", filters={"email_state": "To send"}, pluck="name", order_by="creation asc"
	)
	sent = [_send(period) for period in waiting]
	return {"sent": sum(sent), "failed": len(sent) - sum(sent)}


def _send(period: str) -> bool:
	try:
		invoice = frappe.get_doc(
			"Sales Invoice", frappe.db.get_value("Billing Period", period, "sales_invoice")
		)
		pdf = invoice_pdf(invoice.name)
		state = frappe.db.get_value("Billing Period", period, "email_state", for_update=True)
		if state == "To send":
			_queue(invoice, pdf)
			frappe.db.set_value("Billing Period", period, {"email_state": "Sent", "email_error": None})
		frappe.db.commit()
	except Exception as error:
		start_over()
		frappe.log_error(
			title=f"E-mail of {period}", reference_doctype="Billing Period", reference_name=period
		)
		values = {"email_state": "Failed", "email_error": strip_html(str(error))[:500]}
		frappe.db.set_value("Billing Period", period, values)
		frappe.db.commit()
		return False
	return True


def _queue(invoice: Document, pdf: bytes) -> None:
	frappe.sendmail(
		recipients=[recipient_of(invoice)],
		subject=_("Invoice {0} from {1}").format(invoice.name, invoice.company),
		message=_message(invoice),
		attachments=[{"fname": f"{invoice.name}.pdf", "fcontent": pdf}],
		reference_doctype="Sales Invoice",
		reference_name=invoice.name,
		delayed=True,
	)


def recipient_of(invoice: Document) -> str:
	"""The address of the order's contact, else the customer's. Refused when neither has one."""
	contact = frappe.db.get_value("Billing Order", invoice.billing_order, "contact_person")
	address = frappe.db.get_value("Contact", contact, "email_id") if contact else None
	address = address or frappe.db.get_value("Customer", invoice.customer, "email_id")
	return address or frappe.throw(
		_("{0} has no e-mail address. Add one to the customer or to the order's contact.").format(
			invoice.customer
		)
	)


def _message(invoice: Document) -> str:
	total = fmt_money(invoice.grand_total, currency=invoice.currency)
	words = _("Please find invoice {0} over {1} attached. It is due on {2}.").format(
		invoice.name, total, formatdate(invoice.due_date)
	)
	return f"<p>{escape_html(words)}</p><p>{escape_html(invoice.company)}</p>"
