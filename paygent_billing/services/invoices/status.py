"""The state of an invoice, kept in its field `billing_status`: what the ledger and today's date say of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from pypika.functions import Cast, Sum

from paygent_billing.core.lifecycle import PAYABLE, InvoiceStatus, invoice_status
from paygent_billing.core.money import EXACT, ZERO
from paygent_billing.services import clock
from paygent_billing.services.events import record_invoice_event
from paygent_billing.services.invoices.receipt import issue_receipt
from paygent_billing.services.numbers import day, exact, sum_as_text

WRITE_OFF = "Write Off Entry"


def company_today() -> date:
	"""Today on the company's clock, which is the site's."""
	return clock.today_in(clock.zone_of(None), clock.now())


def first_status(invoice: Document) -> str:
	"""The state of an invoice that is being issued: what is due of it is its total."""
	return _by_amount(invoice, exact(invoice.grand_total)).value


def follow_settlement(invoice: Document) -> None:
	"""Whatever settled the issued invoice, or opened it again, moves its state. Costs nothing while the state
	stays as it is.
	"""
	before, status = invoice.billing_status, status_of(invoice)
	if status.value == before:
		return
	set_status(invoice, status)
	is_reopened = status in PAYABLE and before not in PAYABLE
	event = "reopened" if is_reopened else status.value
	amount = exact(invoice.grand_total)
	record_invoice_event(f"invoice.{event}", invoice, happened_on=company_today(), amount=amount)
	if status is InvoiceStatus.PAID and not invoice.is_return:
		issue_receipt(invoice)


def set_status(invoice: Document, status: InvoiceStatus) -> None:
	"""Writes the state of the issued invoice."""
	invoice.billing_status = status.value
	frappe.db.set_value("Sales Invoice", invoice.name, "billing_status", status.value, update_modified=False)


def status_of(invoice: Document) -> InvoiceStatus:
	"""The state of a submitted invoice, by what is outstanding of it."""
	due = exact(invoice.outstanding_amount)
	if due <= 0 and not invoice.is_return and written_off(invoice.name):
		return InvoiceStatus.UNCOLLECTIBLE
	return _by_amount(invoice, due)


def written_off(invoice: str) -> Decimal:
	"""What write-offs took off the invoice, in the currency of its account; reversed ones do not count."""
	entry, journal = frappe.qb.DocType("Payment Ledger Entry"), frappe.qb.DocType("Journal Entry")
	query = (
		frappe.qb.from_(entry)
		.join(journal)
		.on(journal.name == entry.voucher_no)
		.select(Cast(Sum(entry.amount_in_account_currency), "CHAR"))
		.where(entry.against_voucher_no == invoice)
		.where(entry.voucher_type == "Journal Entry")
		.where(entry.delinked == 0)
		.where(journal.voucher_type == WRITE_OFF)
	)
	return EXACT.minus(sum_as_text(query.run()[0][0]))


def mark_past_due(today: date | None = None) -> list[str]:
	"""The daily job: open invoices whose due date is over are past due. Returns them."""
	today = today or company_today()
	filters = {"billing_status": "open", "docstatus": 1, "is_return": 0, "due_date": ["<", today]}
	fields = ["name", "billing_order", "customer", "currency", "outstanding_amount"]
	invoices = frappe.get_all("Sales Invoice", filters=filters, fields=fields, order_by="name asc")
	for invoice in invoices:
		set_status(invoice, InvoiceStatus.PAST_DUE)
		due = exact(invoice.outstanding_amount)
		record_invoice_event("invoice.past_due", invoice, happened_on=today, amount=due)
	return [invoice.name for invoice in invoices]


def _by_amount(invoice: Document, due: Decimal) -> InvoiceStatus:
	"""A credit note that is not used up yet is open, and never past due."""
	if invoice.is_return:
		return InvoiceStatus.OPEN if due < 0 else InvoiceStatus.PAID
	return invoice_status(due, ZERO, day(invoice.due_date) or date.max, company_today())
