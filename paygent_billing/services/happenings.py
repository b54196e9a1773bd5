"""Events of documents that come to be through more than one door: invoices, payments and receipts."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.model.document import Document

from paygent_billing.core.money import ZERO
from paygent_billing.services.events import Subject, record, record_invoice_event
from paygent_billing.services.numbers import day, exact


def record_created(invoice: Document) -> None:
	"""`invoice.created`, also for drafts. A draft that only stands for an order in grace is none yet."""
	if invoice.name.startswith("DRAFT-"):
		return
	record_invoice_event(
		"invoice.created",
		invoice,
		happened_on=day(invoice.posting_date),
		amount=exact(invoice.grand_total),
		origin=invoice.get("billing_origin") or "",
		is_credit_note=bool(invoice.is_return),
	)


def record_receipt(receipt: Document) -> None:
	"""`receipt.created`, in the transaction that makes the receipt."""
	subject = Subject(receipt.customer, receipt.currency, receipt.billing_order, receipt.sales_invoice)
	record(
		"receipt.created",
		subject,
		happened_on=receipt.paid_on,
		amount=exact(receipt.amount),
		receipt=receipt.name,
	)


def record_payment_events(event: str, payment: Document) -> None:
	"""One event for each invoice of ours that the Payment Entry pays, with what it pays of it."""
	if payment.payment_type != "Receive" or payment.party_type != "Customer":
		return
	for invoice, amount in _paid(payment).items():
		fields = ["customer", "billing_order", "billing_origin"]
		about = frappe.db.get_value("Sales Invoice", invoice, fields, as_dict=True)
		if not (about.billing_order or about.billing_origin):
			continue
		subject = Subject(about.customer, payment.paid_from_account_currency, about.billing_order, invoice)
		record(
			event,
			subject,
			happened_on=day(payment.posting_date),
			amount=amount,
			payment=payment.name,
			mode=payment.mode_of_payment or "",
			reference=payment.reference_no or "",
		)


def _paid(payment: Document) -> dict[str, Decimal]:
	"""What is paid of each Sales Invoice, in the currency of the customer's account."""
	paid: dict[str, Decimal] = {}
	for row in payment.references:
		if row.reference_doctype == "Sales Invoice":
			name = row.reference_name
			paid[name] = paid.get(name, ZERO) + exact(row.allocated_amount)
	return paid
