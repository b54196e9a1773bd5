"""Payments that were tried and failed: told by whoever collects, and over once the invoice is settled."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _

from paygent_billing.core.lifecycle import PAYABLE, InvoiceAction, InvoiceStatus
from paygent_billing.services.events import record_invoice_event
from paygent_billing.services.invoices.access import invoice_for, state_in_words
from paygent_billing.services.invoices.status import company_today
from paygent_billing.services.numbers import exact

MOST_CHARACTERS = 1000


def payment_failed(invoice: str, reason: str, *, on: date) -> None:
	"""Says that a payment of the open invoice failed on that day, and why. A later failure takes its place.

	It stands unresolved while the invoice is open or past due: until that is paid, void or written off.
	"""
	document = invoice_for(InvoiceAction.RECORD_PAYMENT, invoice)
	status, words = InvoiceStatus(document.billing_status), reason.strip()[:MOST_CHARACTERS]
	if status not in PAYABLE:
		frappe.throw(_("{0} is {1}, so no payment of it can fail.").format(invoice, state_in_words(status)))
	if not words:
		frappe.throw(_("Say why the payment failed."))
	if on > company_today():
		frappe.throw(_("{0} has not come yet.").format(on))
	values = {"payment_failed_on": on, "payment_failure": words}
	frappe.db.set_value("Sales Invoice", invoice, values, update_modified=False)
	amount = exact(document.outstanding_amount)
	record_invoice_event("payment.failed", document, happened_on=on, amount=amount, reason=words)


def failed_payments(customer: str) -> list[dict[str, str]]:
	"""The customer's open invoices of which a payment failed, oldest first: invoice, failed_on and reason."""
	filters = {
		"customer": customer,
		"payment_failed_on": ["is", "set"],
		"docstatus": 1,
		"billing_status": ["in", [status.value for status in PAYABLE]],
	}
	fields = ["name", "payment_failed_on", "payment_failure"]
	rows = frappe.get_all(
		"Sales Invoice", filters=filters, fields=fields, order_by="payment_failed_on asc, name asc"
	)
	return [
		{"invoice": row.name, "failed_on": str(row.payment_failed_on), "reason": row.payment_failure}
		for row in rows
	]
