"""Prepaid credits on real documents: granted, released by payment, drawn, rolled over, and never
rewritten.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.usage.overage import CreditsUsedUp
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestWallets(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		self.order = make_active_order({"agent": agent, "rollover": "All"}, at=utc(2026, 1, 1))
		self.customer = frappe.db.get_value("Billing Order", self.order, "customer")
		bill(self.order, utc(2026, 1, 1))
		self.invoice = invoices_of(self.order)[0].name

	def _balance(self) -> tuple[float, float]:
		return frappe.db.get_value("Prepaid Wallet", {"customer": self.customer}, ["available", "pending"])

	def _sum_of_entries(self) -> tuple[float, float]:
		wallet = frappe.db.get_value("Prepaid Wallet", {"customer": self.customer})
		rows = frappe.get_all(
			"Wallet Entry", filters={"wallet": wallet}, fields=["available", "pending"], order_by="name asc"
		)
		return sum(row.available for row in rows), sum(row.pending for row in rows)

	def test_credits_are_pending_until_the_invoice_is_paid_in_full(self) -> None:
		self.assertEqual(self._balance(), (0.0, 50.0))
		record_payment(self.invoice, Decimal("98.99"), on=date(2026, 1, 5))
		self.assertEqual(self._balance(), (0.0, 50.0))
		record_payment(self.invoice, Decimal("0.01"), on=date(2026, 1, 6))
		self.assertEqual(self._balance(), (50.0, 0.0))

	def test_a_cancelled_payment_holds_back_what_is_unspent(self) -> None:
		payment = mark_as_paid(self.invoice, on=date(2026, 1, 5))
		frappe.get_doc("Payment Entry", payment).cancel()
		self.assertEqual(self._balance(), (0.0, 50.0))
		mark_as_paid(self.invoice, on=date(2026, 1, 7))
		self.assertEqual(self._balance(), (50.0, 0.0))

	def test_a_void_invoice_takes_its_pending_credits_back(self) -> None:
		frappe.get_doc("Sales Invoice", self.invoice).cancel()
		self.assertEqual(self._balance(), (0.0, 0.0))
		self.assertEqual(self._sum_of_entries(), (0.0, 0.0))

	def test_usage_draws_what_is_available_and_a_void_invoice_returns_it(self) -> None:
		mark_as_paid(self.invoice, on=date(2026, 1, 5))
		record_usage(self.order, 80, "2026-01-10T00:00:00Z")
		bill(self.order, utc(2026, 2, 1))
		invoice = invoices_of(self.order)[1]
		self.assertEqual([row.amount for row in invoice.items], [80.0, 99.0, -50.0])
		self.assertEqual(self._balance(), (0.0, 50.0))
		invoice.cancel()
		self.assertEqual(self._balance(), (50.0, 0.0))
		self.assertEqual(self._sum_of_entries(), (50.0, 0.0))

	def test_a_journal_entry_that_settles_the_invoice_releases_credits_too(self) -> None:
		invoice = frappe.get_doc("Sales Invoice", self.invoice)
		entry = frappe.new_doc("Journal Entry")
		entry.update({"company": invoice.company, "posting_date": "2026-01-08"})
		bank = frappe.db.get_value("Company", invoice.company, "default_bank_account")
		entry.append("accounts", {"account": bank, "debit_in_account_currency": 99})
		entry.append(
			"accounts",
			{
				"account": invoice.debit_to,
				"party_type": "Customer",
				"party": invoice.customer,
				"credit_in_account_currency": 99,
				"reference_type": "Sales Invoice",
				"reference_name": invoice.name,
			},
		)
		entry.submit()
		self.assertEqual(self._balance(), (50.0, 0.0))

	def test_no_door_changes_adds_or_deletes_an_entry(self) -> None:
		name = frappe.db.get_value("Wallet Entry", {"sales_invoice": self.invoice})
		before = self._sum_of_entries()
		entry = frappe.get_doc("Wallet Entry", name)
		entry.available = 1000
		with self.assert_refused("cannot be added or changed by hand"):
			entry.save()
		with self.assert_refused("cannot be deleted"):
			frappe.delete_doc("Wallet Entry", name)
		forged = frappe.copy_doc(entry)
		forged.cause = "forged"
		with self.assert_refused("cannot be added or changed by hand"):
			forged.insert()
		self.assertEqual(self._sum_of_entries(), before)

	def test_a_balance_cannot_be_set_by_hand(self) -> None:
		wallet = frappe.get_doc("Prepaid Wallet", {"customer": self.customer})
		wallet.available = 1000
		with self.assert_refused("follows from its entries"):
			wallet.save()
		self.assertEqual(self._balance(), (0.0, 50.0))

	def test_usage_beyond_the_credits_is_refused_on_a_line_that_blocks(self) -> None:
		customer = make_customer()
		agent = make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent, "overage": "Block"}, at=utc(2026, 1, 1), customer=customer)
		grant_credits(NewCredits(customer, "USD", Decimal(10)), reason="Welcome", on=date(2026, 1, 1))
		record_usage(order, 6, "2026-01-10T00:00:00Z")
		record_usage(order, 4, "2026-01-11T00:00:00Z")
		with self.assert_refused("are used up", CreditsUsedUp):
			record_usage(order, 1, "2026-01-12T00:00:00Z")
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Usage Event", {"customer": customer}), 2)


class TestUsageEvents(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.order = make_active_order(
			{"agent": make_agent(usage_charge(make_metric(), 1))}, at=utc(2026, 1, 1)
		)

	def test_an_id_counts_once_for_ever(self) -> None:
		event = record_usage(self.order, 5, "2026-01-10T00:00:00Z")
		with self.assert_refused("is recorded already", frappe.DuplicateEntryError):
			record_usage(self.order, 7, "2026-01-11T00:00:00Z", event_id=event.event_id)
		frappe.db.rollback()
		bill(self.order, utc(2026, 2, 1))
		bill(self.order, utc(2026, 3, 1))
		with self.assert_refused("is recorded already", frappe.DuplicateEntryError):
			record_usage(self.order, 5, "2026-02-10T00:00:00Z", event_id=event.event_id)
		self.assertEqual([invoice.grand_total for invoice in invoices_of(self.order)], [5.0])

	def test_the_database_itself_refuses_a_second_id(self) -> None:
		event = record_usage(self.order, 5, "2026-01-10T00:00:00Z")
		twin = frappe.copy_doc(event)
		twin.name = None
		with self.assertRaises(frappe.UniqueValidationError):
			twin.db_insert()

	def test_recorded_usage_is_never_rewritten(self) -> None:
		event = record_usage(self.order, 5, "2026-01-10T00:00:00Z")
		event.quantity = 1
		with self.assertRaises(frappe.ValidationError):
			event.save()
		with self.assert_refused("cannot be deleted"):
			event.delete()

	def test_bad_usage_is_refused_and_stores_nothing(self) -> None:
		for values, message in [
			({"quantity": -1}, "cannot be negative"),
			({"quantity": 1e15}, "is not a number below"),
			({"occurred_at": "yesterday"}, "is no time"),
		]:
			with self.subTest(message), self.assert_refused(message):
				record_usage(self.order, **{"quantity": 1, "occurred_at": "2026-01-10T00:00:00Z", **values})
			frappe.db.rollback()
		customer = frappe.db.get_value("Billing Order", self.order, "customer")
		self.assertEqual(frappe.db.count("Usage Event", {"customer": customer}), 0)

	def test_each_aggregation_counts_in_the_database_as_in_the_core(self) -> None:
		for aggregation, expected in [
			("Sum", 7.5),
			("Count", 3.0),
			("Max", 4.0),
			("Unique", 2.0),
			("Last", 1.5),
		]:
			metric = make_metric(aggregation, "user" if aggregation == "Unique" else None)
			order = make_active_order({"agent": make_agent(usage_charge(metric, 1))}, at=utc(2026, 1, 1))
			record_usage(order, 2, "2026-01-02T00:00:00Z", properties='{"user": "a"}')
			record_usage(order, 1.5, "2026-01-09T00:00:00Z", properties='{"user": "b"}')
			record_usage(order, 4, "2026-01-05T00:00:00Z", properties='{"user": "a"}')
			bill(order, utc(2026, 2, 1))
			with self.subTest(aggregation):
				self.assertEqual(invoices_of(order)[0].items[0].billed_quantity, expected)
