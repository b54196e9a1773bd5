"""What accounts does with an invoice, one action after the other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.payment import How, mark_as_paid, record_payment
from paygent_billing.services.invoices.payment_method import PaymentMethod
from paygent_billing.services.invoices.uncollectible import mark_uncollectible
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.tests.invoices import (
	ISSUED_ON,
	invoice,
	ledger_of,
	make_invoice_that_is,
	one_off,
	set_write_off_account,
	status_of,
)
from paygent_billing.tests.site_case import SiteTestCase

LATER = date(2026, 2, 10)


class TestOpen(SiteTestCase):
	def test_a_draft_has_no_number_and_gets_the_next_one_when_it_is_opened(self) -> None:
		draft = make_one_off(one_off())
		self.assertTrue(draft.startswith("DRAFT-"))
		first, second = open_invoice(make_one_off(one_off())), open_invoice(draft)
		self.assertEqual(int(second.rsplit("-", 1)[1]), int(first.rsplit("-", 1)[1]) + 1)
		self.assertFalse(frappe.db.exists("Sales Invoice", draft))
		self.assertEqual(invoice(second).docstatus, 1)
		self.assertEqual(ledger_of(second), {"Debtors": 99.0, "Sales": -99.0})

	def test_what_hangs_on_a_draft_comes_along(self) -> None:
		draft = make_one_off(one_off())
		invoice(draft).add_comment("Comment", "Ask Tom first")
		number = open_invoice(draft)
		comment = {"reference_doctype": "Sales Invoice", "reference_name": number, "content": "Ask Tom first"}
		self.assertTrue(frappe.db.exists("Comment", comment))
		self.assertEqual(frappe.db.count("Sales Invoice Item", {"parent": number}), 1)

	def test_a_draft_is_not_submitted_past_its_action(self) -> None:
		draft = make_invoice_that_is("draft")
		with self.assert_refused("is issued by its action Open"):
			invoice(draft).submit()
		self.assertEqual(status_of(draft), "draft")

	def test_a_draft_without_a_number_may_be_deleted_and_leaves_no_gap(self) -> None:
		draft = make_invoice_that_is("draft")
		first = open_invoice(make_one_off(one_off()))
		frappe.delete_doc("Sales Invoice", draft)
		second = open_invoice(make_one_off(one_off()))
		self.assertEqual(int(second.rsplit("-", 1)[1]), int(first.rsplit("-", 1)[1]) + 1)


class TestPayments(SiteTestCase):
	def test_each_way_to_pay_is_a_payment_entry_of_its_mode(self) -> None:
		company = one_off().company
		cash = frappe.db.get_value("Account", {"company": company, "account_type": "Cash", "is_group": 0})
		frappe.db.set_value("Company", company, "default_cash_account", cash)
		frappe.clear_document_cache("Company", company)
		for method, mode in (
			(PaymentMethod.BANK_TRANSFER, "Wire Transfer"),
			(PaymentMethod.CASH, "Cash"),
			(PaymentMethod.CHEQUE, "Cheque"),
			(PaymentMethod.CARD, "Credit Card"),
		):
			name = make_invoice_that_is("open")
			payment = record_payment(name, Decimal("33.00"), on=LATER, how=How(method, f"ref {mode}"))
			found = frappe.get_doc("Payment Entry", payment)
			with self.subTest(mode):
				self.assertEqual((found.mode_of_payment, found.reference_no), (mode, f"ref {mode}"))
				self.assertEqual((str(found.posting_date), found.paid_amount), ("2026-02-10", 33.0))
				self.assertEqual(invoice(name).outstanding_amount, 66.0)

	def test_too_much_stays_on_the_customers_account(self) -> None:
		name = make_invoice_that_is("open")
		payment = frappe.get_doc("Payment Entry", record_payment(name, Decimal(150), on=LATER))
		self.assertEqual((payment.paid_amount, payment.unallocated_amount), (150.0, 51.0))
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("paid", 0.0))

	def test_a_payment_that_is_sent_twice_counts_once(self) -> None:
		name = make_invoice_that_is("open")
		key = frappe.generate_hash()
		first = record_payment(name, Decimal(40), on=LATER, how=How(key=key))
		self.assertEqual(record_payment(name, Decimal(40), on=LATER, how=How(key=key)), first)
		self.assertEqual(invoice(name).outstanding_amount, 59.0)

	def test_amounts_that_nobody_can_pay_are_refused(self) -> None:
		name = make_invoice_that_is("open")
		for amount in ("0", "-5", "1.005"):
			with self.subTest(amount), self.assert_refused("is no amount of USD that can be paid"):
				record_payment(name, Decimal(amount), on=LATER)
		self.assertEqual(invoice(name).outstanding_amount, 99.0)

	def test_marking_as_paid_settles_the_rest_and_twice_changes_nothing(self) -> None:
		name = make_invoice_that_is("open")
		record_payment(name, Decimal("0.01"), on=LATER)
		payment = mark_as_paid(name, on=LATER)
		self.assertEqual(frappe.db.get_value("Payment Entry", payment, "paid_amount"), 98.99)
		self.assertEqual(mark_as_paid(name, on=LATER), None)
		self.assertEqual(frappe.db.count("Payment Entry Reference", {"reference_name": name}), 2)


class TestVoid(SiteTestCase):
	def test_a_void_invoice_stays_with_its_reason_and_out_of_the_ledger(self) -> None:
		name = make_invoice_that_is("open")
		void_invoice(name, reason="Wrong customer")
		found = invoice(name)
		self.assertEqual((found.docstatus, found.billing_status), (2, "void"))
		self.assertEqual(found.billing_reason, "Wrong customer")
		self.assertEqual(ledger_of(name), {})
		event = frappe.get_doc("Billing Event", {"sales_invoice": name, "event": "invoice.voided"})
		self.assertEqual(event.amount, 99.0)
		self.assertIn("Wrong customer", event.details)

	def test_one_that_is_paid_in_part_is_not_void(self) -> None:
		name = make_invoice_that_is("open")
		record_payment(name, Decimal(1), on=LATER)
		with self.assert_refused("is paid, at least in part, and cannot be void"):
			void_invoice(name, reason="Too late")
		frappe.db.rollback()
		self.assertFalse(frappe.db.get_value("Sales Invoice", name, "billing_reason"))


class TestUncollectible(SiteTestCase):
	def test_a_bad_debt_is_booked_on_the_write_off_account(self) -> None:
		name = make_invoice_that_is("past_due")
		journal = mark_uncollectible(name, on=LATER, reason="Bankrupt")
		self.assertEqual(ledger_of(journal), {"Debtors": -99.0, "Write Off": 99.0})
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("uncollectible", 0.0))
		self.assertEqual(invoice(name).billing_reason, "Bankrupt")

	def test_one_that_is_paid_after_all_becomes_paid_and_the_loss_is_taken_back(self) -> None:
		name = make_invoice_that_is("uncollectible")
		payment = mark_as_paid(name, on=LATER)
		self.assertEqual(ledger_of(payment), {"Debtors": -99.0, "Scenario Bank": 99.0})
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("paid", 0.0))
		self.assertEqual(_lost(name), 0.0)
		self.assertTrue(frappe.db.exists("Billing Receipt", {"sales_invoice": name}))

	def test_a_part_of_a_bad_debt_that_comes_in_takes_back_that_part(self) -> None:
		name = make_invoice_that_is("uncollectible")
		record_payment(name, Decimal(40), on=LATER)
		self.assertEqual((status_of(name), _lost(name)), ("uncollectible", 59.0))
		record_payment(name, Decimal(60), on=LATER)
		self.assertEqual((status_of(name), _lost(name)), ("paid", 0.0))
		unallocated = {"party": invoice(name).customer, "unallocated_amount": 1}
		self.assertTrue(frappe.db.exists("Payment Entry", unallocated))

	def test_without_a_write_off_account_it_is_refused_with_words(self) -> None:
		name = make_invoice_that_is("open")
		company = invoice(name).company
		frappe.db.set_value("Company", company, "write_off_account", None)
		frappe.clear_document_cache("Company", company)
		with self.assert_refused("Set a Write Off Account in"):
			mark_uncollectible(name, on=ISSUED_ON, reason="Bankrupt")
		set_write_off_account()
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("open", 99.0))


def _lost(name: str) -> float:
	"""What the invoice has cost the company on its write-off account."""
	journals = frappe.get_all(
		"Journal Entry Account",
		filters={"reference_name": name, "docstatus": 1},
		pluck="parent",
		order_by="creation asc",
	)
	return sum(ledger_of(journal).get("Write Off", 0) for journal in journals)
