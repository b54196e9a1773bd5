"""Receipts: one for each time an invoice is paid in full, frozen as it was then."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.line import WrittenLine
from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.one_off_tax import FlatTax
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.payment import How, mark_as_paid, record_payment
from paygent_billing.services.invoices.payment_method import PaymentMethod
from paygent_billing.services.invoices.status import follow_settlement
from paygent_billing.services.replay.books import company_for
from paygent_billing.tests.invoices import invoice, make_invoice_that_is, one_off
from paygent_billing.tests.site_case import SiteTestCase

PAID_ON = date(2026, 1, 10)


def receipts_of(name: str) -> list[frappe._dict]:
	fields = ["name", "snapshot", "amount", "paid_on", "cause"]
	return frappe.get_all(
		"Billing Receipt", {"sales_invoice": name}, fields, order_by="creation asc, name asc"
	)


class TestReceipts(SiteTestCase):
	def test_it_holds_parties_lines_totals_and_payments_as_texts(self) -> None:
		account = frappe.db.get_value(
			"Account", {"company": company_for("USD"), "account_type": "Tax", "is_group": 0}
		)
		lines = (
			WrittenLine("Workshop", Decimal("33.335"), Decimal(3)),
			WrittenLine(
				"Hosting\nin Berlin", Decimal(10), first_day=date(2026, 1, 1), last_day=date(2026, 1, 31)
			),
		)
		tax = FlatTax(Decimal("2.00"), account)
		wanted = one_off(*lines, discount=Decimal("10.01"), flat_tax=tax, texts={"contract_id": "C-7"})
		name = open_invoice(make_one_off(wanted))
		record_payment(name, Decimal(40), on=PAID_ON, how=How(PaymentMethod.CARD, "auth 1"))
		self.assertEqual(receipts_of(name), [])
		mark_as_paid(name, on=date(2026, 1, 12), how=How(reference="transfer 2"))
		(receipt,) = receipts_of(name)
		told = json.loads(receipt.snapshot)
		self.assertEqual((receipt.amount, str(receipt.paid_on)), (102.0, "2026-01-12"))
		self.assertEqual(told["seller"], {"name": company_for("USD"), "address": "", "tax_id": ""})
		self.assertEqual(told["customer"]["name"], invoice(name).customer_name)
		self.assertEqual(
			told["invoice"],
			{
				"name": name,
				"date": "2026-01-01",
				"due_date": "2035-12-30",
				"currency": "USD",
				"contract_id": "C-7",
			},
		)
		workshop, hosting = told["lines"]
		self.assertEqual(
			workshop,
			{
				"description": "Workshop",
				"period": "",
				"quantity": "3",
				"unit_price": "33.335",
				"amount": "100.01",
			},
		)
		self.assertEqual((hosting["description"], hosting["amount"]), ("Hosting\nin Berlin", "10.00"))
		self.assertIn("2026", hosting["period"])
		totals = told["totals"]
		self.assertEqual(
			(totals["subtotal"], totals["discount"], totals["total"]), ("110.01", "10.01", "102.00")
		)
		self.assertEqual([tax["amount"] for tax in totals["taxes"]], ["2.00"])
		self.assertEqual(
			told["payments"],
			[
				{"date": "2026-01-10", "mode": "Credit Card", "reference": "auth 1", "amount": "40.00"},
				{"date": "2026-01-12", "mode": "Wire Transfer", "reference": "transfer 2", "amount": "62.00"},
			],
		)

	def test_it_has_a_number_of_its_own_and_survives_what_happens_later(self) -> None:
		first, second = make_invoice_that_is("paid"), make_invoice_that_is("paid")
		numbers = [int(receipts_of(name)[0].name.rsplit("-", 1)[1]) for name in (first, second)]
		self.assertEqual(numbers[1], numbers[0] + 1)
		before = receipts_of(first)[0].snapshot
		customer = invoice(first).customer
		frappe.rename_doc("Customer", customer, f"{customer} renamed")
		payment = frappe.db.get_value("Payment Entry Reference", {"reference_name": first}, "parent")
		frappe.get_doc("Payment Entry", payment).cancel()
		(kept,) = receipts_of(first)
		self.assertEqual(kept.snapshot, before)

	def test_one_for_each_payment_in_full_however_often_it_is_looked_at(self) -> None:
		name = make_invoice_that_is("paid")
		for _time in range(2):
			frappe.db.set_value("Sales Invoice", name, "billing_status", "open", update_modified=False)
			follow_settlement(invoice(name))
		self.assertEqual(len(receipts_of(name)), 1)
		payment = frappe.db.get_value("Payment Entry Reference", {"reference_name": name}, "parent")
		frappe.get_doc("Payment Entry", payment).cancel()
		mark_as_paid(name, on=PAID_ON)
		self.assertEqual(len({receipt.cause for receipt in receipts_of(name)}), 2)

	def test_the_database_keeps_a_second_one_out(self) -> None:
		receipt = frappe.get_doc("Billing Receipt", receipts_of(make_invoice_that_is("paid"))[0].name)
		twin = frappe.copy_doc(receipt)
		with self.assertRaises(frappe.UniqueValidationError):
			twin.db_insert_as_service()

	def test_nobody_changes_or_deletes_one(self) -> None:
		receipt = frappe.get_doc("Billing Receipt", receipts_of(make_invoice_that_is("paid"))[0].name)
		before = receipt.snapshot
		receipt.snapshot = "{}"
		with self.assert_refused("cannot be added or changed by hand"):
			receipt.save()
		with self.assert_refused("cannot be deleted"):
			frappe.delete_doc("Billing Receipt", receipt.name)
		self.assertEqual(frappe.db.get_value("Billing Receipt", receipt.name, "snapshot"), before)
