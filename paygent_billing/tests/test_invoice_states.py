"""The state of an invoice follows the ledger and the calendar, whoever moves them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from frappe.model.document import Document

from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.invoices.status import mark_past_due
from paygent_billing.tests.factories import (
	PLATFORM,
	make_agent,
	make_issued_invoice,
)
from paygent_billing.tests.site_case import SiteTestCase

PAID_ON = date(2026, 1, 10)


def status_of(invoice: str) -> str | None:
	return frappe.db.get_value("Sales Invoice", invoice, "billing_status")


ISSUED = ["invoice.created", "invoice.issued"]
PAID = ["payment.succeeded", "payment.succeeded", "invoice.paid", "receipt.created"]


def events_of(invoice: str) -> list[str]:
	"""All that was announced of it, oldest first."""
	return frappe.get_all(
		"Billing Event", filters={"sales_invoice": invoice}, pluck="event", order_by="creation asc, name asc"
	)


class TestInvoiceStates(SiteTestCase):
	def test_an_issued_invoice_is_open_until_its_due_date_is_over(self) -> None:
		for due_days, expected in ((3650, "open"), (0, "past_due")):
			with self.subTest(expected):
				self.assertEqual(status_of(make_issued_invoice(payment_due_days=due_days).name), expected)

	def test_an_invoice_over_nothing_is_paid_at_once(self) -> None:
		agent = make_agent({**PLATFORM, "price": 0})
		invoice = make_issued_invoice({"agent": agent}, zero_invoices=1)
		self.assertEqual((invoice.grand_total, status_of(invoice.name)), (0.0, "paid"))
		self.assertFalse(frappe.db.exists("Billing Receipt", {"sales_invoice": invoice.name}))
		with self.assert_refused("cannot be void"):
			invoice.cancel()
		self.assertEqual(status_of(invoice.name), "paid")

	def test_payments_settle_it_and_a_cancelled_one_opens_it_again(self) -> None:
		invoice = make_issued_invoice().name
		record_payment(invoice, Decimal(40), on=PAID_ON)
		self.assertEqual(status_of(invoice), "open")
		rest = mark_as_paid(invoice, on=PAID_ON)
		self.assertEqual(status_of(invoice), "paid")
		frappe.get_doc("Payment Entry", rest).cancel()
		self.assertEqual(status_of(invoice), "open")
		self.assertEqual(events_of(invoice), ISSUED + PAID + ["payment.reversed", "invoice.reopened"])

	def test_a_cancelled_invoice_is_void(self) -> None:
		invoice = make_issued_invoice()
		invoice.cancel()
		self.assertEqual(status_of(invoice.name), "void")

	def test_a_write_off_by_whomever_makes_it_uncollectible_and_its_cancellation_open_again(self) -> None:
		invoice = make_issued_invoice()
		frappe.db.set_value("Company", invoice.company, "write_off_account", _expense(invoice.company))
		journal = _write_off_by_hand(invoice)
		self.assertEqual(status_of(invoice.name), "uncollectible")
		journal.cancel()
		self.assertEqual(status_of(invoice.name), "open")

	def test_a_credit_note_settles_it_without_a_receipt(self) -> None:
		invoice = make_issued_invoice().name
		note = make_sales_return(invoice)
		note.update_outstanding_for_self = 0
		note.submit()
		self.assertEqual((status_of(invoice), status_of(note.name)), ("paid", ""))
		self.assertFalse(frappe.db.exists("Billing Receipt", {"sales_invoice": invoice}))

	def test_the_daily_job_finds_what_has_become_past_due(self) -> None:
		invoice = make_issued_invoice(payment_due_days=3650).name
		self.assertNotIn(invoice, mark_past_due(date(2035, 12, 30)))
		self.assertEqual(status_of(invoice), "open")
		self.assertIn(invoice, mark_past_due(date(2035, 12, 31)))
		self.assertEqual(status_of(invoice), "past_due")
		self.assertNotIn(invoice, mark_past_due(date(2036, 1, 1)))
		self.assertEqual(events_of(invoice), [*ISSUED, "invoice.past_due"])

	def test_invoices_of_the_site_that_are_not_ours_have_no_state(self) -> None:
		ours = make_issued_invoice()
		own = frappe.copy_doc(ours, ignore_no_copy=False)
		own.update({"docstatus": 0, "due_date": "2026-12-31"})
		own.submit()
		self.assertEqual((status_of(own.name), own.billing_origin), ("", ""))
		own.reload()
		own.cancel()
		self.assertEqual(status_of(own.name), "")

	def test_the_orders_contract_id_stands_on_its_invoices_and_finds_them(self) -> None:
		invoice = make_issued_invoice(contract_id="C-2026/17")
		filters = {"contract_id": "C-2026/17", "customer": invoice.customer, "billing_status": "open"}
		self.assertEqual(frappe.get_list("Sales Invoice", filters=filters, pluck="name"), [invoice.name])

	def test_nobody_sets_the_state_by_hand(self) -> None:
		invoice = make_issued_invoice().name
		with self.assert_refused("Not allowed to change", frappe.UpdateAfterSubmitError):
			frappe.client.set_value("Sales Invoice", invoice, "billing_status", "paid")
		self.assertEqual(status_of(invoice), "open")


def _expense(company: str) -> str:
	return frappe.db.get_value("Account", {"company": company, "account_name": "Write Off"})


def _write_off_by_hand(invoice: Document) -> Document:
	journal = frappe.new_doc("Journal Entry")
	journal.update(
		{"voucher_type": "Write Off Entry", "company": invoice.company, "posting_date": "2026-02-01"}
	)
	owed = {"account": invoice.debit_to, "party_type": "Customer", "party": invoice.customer}
	reference = {"reference_type": "Sales Invoice", "reference_name": invoice.name}
	journal.append("accounts", {**owed, **reference, "credit_in_account_currency": 99})
	cost_center = frappe.get_cached_value("Company", invoice.company, "cost_center")
	lost = {"account": _expense(invoice.company), "cost_center": cost_center}
	journal.append("accounts", {**lost, "debit_in_account_currency": 99})
	journal.submit()
	return journal
