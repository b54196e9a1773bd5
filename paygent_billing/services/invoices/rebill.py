"""Bills a period again whose invoice was made void: once, and only when somebody asks for it."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import Billing
from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.claim import BilledElsewhere, finish_period, insert_period
from paygent_billing.services.events import record_event
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.rebill_lines import AgainFrom, bill_lines_again, waiting_carries
from paygent_billing.services.numbers import day
from paygent_billing.services.orders.pending import add_pending, bill_pending
from paygent_billing.services.orders.terms import terms_of
from paygent_billing.services.usage.keep_evidence import keep_evidence
from paygent_billing.services.wallets.account import open_wallet
from paygent_billing.services.wallets.billed import Billed, post_billing
from paygent_billing.services.wallets.grant_again import grant_again

#: What the new Billing Period takes over from the void one.
SAME = ("end", "arrears_from", "arrears_until")


def rebill_invoice(void: str, *, on: date) -> str:
	"""Issues the period of the void invoice anew and returns the new invoice.

	It holds the fees, usage and corrections of the void one at their amounts; the usage stays claimed by the
	old period, which is void no longer. Credits are drawn from what the customer has now, and granted again.
	What was carried over comes along, unless another invoice has it.
	"""
	document = invoice_for(InvoiceAction.REBILL, void)
	old = _void_period(document)
	rate = invoice_of_draft.conversion_rate(frappe.get_doc("Billing Order", document.billing_order), on)
	order = frappe.get_doc("Billing Order", document.billing_order, for_update=True)
	period = _claim_again(order, old, on)
	carried = waiting_carries(order.name)
	wallet = open_wallet(order.customer, order.currency)
	terms = terms_of(order)
	billing = bill_lines_again(terms, AgainFrom(order, document, old, wallet), carried)
	invoice = invoice_of_draft.issue(
		order, billing.draft, issued_on=on, conversion_rate=rate, origin=document.billing_origin
	)
	keep_evidence(order, terms, invoice=invoice, period=old.name)
	bill_pending([row.name for row in carried], period)
	post_billing(terms, billing, Billed(period, invoice, on, day(old.start)), wallet)
	if wallet:
		grant_again(wallet, document, invoice, period=period, on=on)
	_settle_rest(order, billing, period=period, on=on, rate=rate)
	finish_period(order, period, invoice)
	frappe.db.set_value("Billing Period", old.name, "state", "Billed again", update_modified=False)
	_say_so(order, document, invoice, billing, on)
	return invoice


def _void_period(invoice: Document) -> Document:
	"""The void invoice's period. Refused when there is none, or when it was billed again before."""
	name = frappe.db.get_value("Billing Period", {"sales_invoice": invoice.name})
	if not name:
		frappe.throw(_("{0} bills no period that could be billed again.").format(invoice.name))
	again = frappe.db.get_value("Billing Period", {"rebills": name}, "sales_invoice")
	if again:
		_refuse_twice(invoice.name, again)
	return frappe.get_doc("Billing Period", name)


def _claim_again(order: Document, old: Document, on: date) -> str:
	"""Inserts the new Billing Period. Its unique keys let one of those who ask for it at once have it."""
	group = {"billing_order": order.name, "start": old.start, "kind": old.kind}
	lowest = frappe.db.get_value("Billing Period", group, "sequence", order_by="sequence asc")
	values = {field: old.get(field) for field in SAME}
	try:
		return insert_period(
			order,
			kind=old.kind,
			start=old.start,
			sequence=min(lowest, 0) - 1,
			rebills=old.name,
			issued_on=on,
			**values,
		)
	except BilledElsewhere:
		_refuse_twice(old.sales_invoice, _("another invoice"))


def _refuse_twice(void: str, again: str) -> None:
	frappe.throw(_("The period of {0} was billed again already, on {1}.").format(void, again))


def _settle_rest(order: Document, billing: Billing, *, period: str, on: date, rate: float) -> None:
	"""What the invoice could not take, since it is never below zero."""
	if billing.credit_note:
		invoice_of_draft.issue_credit_note(order, billing.credit_note, issued_on=on, conversion_rate=rate)
	elif billing.draft.carried:
		add_pending(order, [invoice_of_draft.carried_line(billing.draft)], cause=f"carried from {period}")


def _say_so(order: Document, void: Document, invoice: str, billing: Billing, on: date) -> None:
	"""Links the void invoice to the new one. A billing that is under way sees that the order moved."""
	frappe.db.set_value("Sales Invoice", void.name, "replaced_by", invoice, update_modified=False)
	frappe.db.set_value("Billing Order", order.name, "revision", order.revision + 1, update_modified=False)
	record_event(
		"invoice.issued",
		order,
		happened_on=on,
		amount=billing.draft.total,
		sales_invoice=invoice,
		rebills=void.name,
	)
