"""Several processes, killed processes, and the proof that it is the unique key that keeps them apart."""

from __future__ import annotations

import time

import frappe

from paygent_billing.paygent_billing.doctype.billing_period.billing_period import (
	UNIQUE_KEY,
	on_doctype_update,
)
from paygent_billing.services.billing.run import bill_each
from paygent_billing.tests.billers import Billers
from paygent_billing.tests.factories import PLATFORM, SEATS, make_active_order, make_agent, make_customer
from paygent_billing.tests.site_case import SiteTestCase, utc

MOMENT = "2026-03-05T12:00:00+00:00"
PERIODS = ["2026-01-01", "2026-02-01", "2026-03-01"]


class TestRaces(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		customer, agent = make_customer(), make_agent({**PLATFORM, "credits": 20}, SEATS)
		line = {"agent": agent, "seats": 3}
		self.orders = [
			make_active_order(line, at=utc(2026, 1, 1), customer=customer) for _number in range(10)
		]

	def test_four_processes_at_once_bill_each_period_once(self) -> None:
		Billers(self.orders, MOMENT, count=4).start().wait()
		self.assert_billed_once()

	def test_killed_in_the_middle_and_run_again_bills_each_period_once(self) -> None:
		for delay in (0.15, 0.4, 0.9):
			billers = Billers(self.orders, MOMENT, count=2).start()
			time.sleep(delay)
			billers.kill()
		frappe.db.rollback()
		self.assertLess(self._periods_billed(), 3 * len(self.orders))
		list(bill_each(self.orders, utc(2026, 3, 5)))
		self.assert_billed_once()

	def test_without_the_unique_key_the_same_race_bills_twice(self) -> None:
		frappe.db.commit()
		frappe.db.sql_ddl(f"alter table `tabBilling Period` drop index `{UNIQUE_KEY}`")
		try:
			Billers(self.orders, MOMENT, count=4).start().wait()
			frappe.db.rollback()
			self.assertGreater(self._periods_billed(), 3 * len(self.orders))
		finally:
			frappe.db.delete("Billing Period", {"billing_order": ["in", self.orders]})
			frappe.db.commit()
			on_doctype_update()

	def assert_billed_once(self) -> None:
		frappe.db.rollback()
		for order in self.orders:
			found = frappe.get_all(
				"Billing Period",
				filters={"billing_order": order},
				fields=["start", "sales_invoice"],
				order_by="start asc",
			)
			self.assertEqual([str(row.start) for row in found], PERIODS)
			invoices = frappe.get_all(
				"Sales Invoice", filters={"billing_order": order}, pluck="name", order_by="name asc"
			)
			self.assertEqual(sorted(row.sales_invoice for row in found), invoices)
			self.assert_balanced(invoices)
			self.assertEqual(frappe.db.get_value("Billing Order", order, "last_error"), None)
		self.assert_wallet_adds_up()

	def assert_balanced(self, invoices: list[str]) -> None:
		for invoice in invoices:
			rows = frappe.get_all(
				"GL Entry", filters={"voucher_no": invoice}, fields=["debit", "credit"], order_by="name asc"
			)
			self.assertEqual(sum(row.debit for row in rows), sum(row.credit for row in rows))
			self.assertEqual(sum(row.debit for row in rows), 129.0)

	def assert_wallet_adds_up(self) -> None:
		customer = frappe.db.get_value("Billing Order", self.orders[0], "customer")
		wallet = frappe.get_doc("Prepaid Wallet", {"customer": customer})
		entries = frappe.get_all(
			"Wallet Entry", filters={"wallet": wallet.name}, fields=["pending"], order_by="name asc"
		)
		self.assertEqual(wallet.pending, sum(entry.pending for entry in entries))
		self.assertEqual(wallet.pending, 20.0 * 3 * len(self.orders))

	def _periods_billed(self) -> int:
		return frappe.db.count("Sales Invoice", {"billing_order": ["in", self.orders], "docstatus": 1})
