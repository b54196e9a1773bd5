"""Credits that come with each month of a yearly fee, in the wallet of a site."""

from __future__ import annotations

import time
from datetime import date, datetime

import frappe

from paygent_billing.services.invoices.edit import Edit, edit_invoice
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.rebill import rebill_invoice
from paygent_billing.services.orders import changes
from paygent_billing.services.orders.preview import preview_next_invoice
from paygent_billing.tests.billers import Billers
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
	make_order,
	make_plan,
)
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.test_wallet_ledger import write_off
from paygent_billing.tests.wallets import balance, check_of, entries

FIRST = date(2026, 1, 1)
MONTHLY_CREDITS = {**PLATFORM, "credits": 50, "credit_schedule": "Each period"}
YEAR = {"interval_unit": "Year", "interval_count": 1}


class TestPeriodCredits(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.agent = make_agent(PLATFORM)
		self.plan = make_plan(self.agent, MONTHLY_CREDITS, **YEAR)
		line = {"agent": self.agent, "plan": self.plan, "rollover": "All", "expiry_days": 90}
		self.order = make_active_order(
			line, at=utc(2026, 1, 1), customer=self.customer, invoice_changes="Now"
		)
		bill(self.order, utc(2026, 1, 1))
		self.invoice = invoices_of(self.order)[0].name

	def tearDown(self) -> None:
		self.assertEqual(check_of(self.customer).faults, ())
		super().tearDown()

	def _change_to_larger_plan(self, on: datetime) -> str:
		"""Also its invoice."""
		plan = make_plan(self.agent, {**MONTHLY_CREDITS, "price": 198}, **YEAR)
		changes.change_line(self.order, "L1", plan=plan, at=on)
		return invoices_of(self.order)[-1].name

	def test_each_month_waits_for_the_yearly_invoice_and_names_it(self) -> None:
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(len(invoices_of(self.order)), 1)
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		lots = frappe.get_all(
			"Credit Lot",
			filters={"billing_order": self.order},
			fields=["granted", "period_end", "expires", "sales_invoice", "order_line"],
			order_by="period_end asc",
		)
		self.assertEqual(
			[tuple(lot.values()) for lot in lots],
			[
				(50.0, date(2026, 2, 1), date(2026, 4, 1), self.invoice, "L1"),
				(50.0, date(2026, 3, 1), date(2026, 5, 2), self.invoice, "L1"),
			],
		)
		mark_as_paid(self.invoice, on=FIRST)
		self.assertEqual(balance(self.customer), (100.0, 0.0))

	def test_a_month_of_a_paid_fee_is_available_at_once_and_pends_when_the_payment_is_taken_back(
		self,
	) -> None:
		payment = mark_as_paid(self.invoice, on=FIRST)
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(balance(self.customer), (100.0, 0.0))
		frappe.get_doc("Payment Entry", payment).cancel()
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		bill(self.order, utc(2026, 3, 1))
		self.assertEqual(balance(self.customer), (0.0, 150.0))

	def test_a_void_fee_takes_them_back_and_brings_no_more(self) -> None:
		bill(self.order, utc(2026, 2, 1))
		frappe.get_doc("Sales Invoice", self.invoice).cancel()
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		bill(self.order, utc(2026, 4, 1))
		self.assertEqual(balance(self.customer), (0.0, 0.0))

	def test_billing_a_void_fee_again_brings_those_of_all_months_again(self) -> None:
		"""January's 50, February's and March's; April's follows with its own billing."""
		bill(self.order, utc(2026, 3, 1))
		frappe.get_doc("Sales Invoice", self.invoice).cancel()
		again = rebill_invoice(self.invoice, on=date(2026, 3, 5))
		self.assertEqual(balance(self.customer), (0.0, 150.0))
		bill(self.order, utc(2026, 4, 1))
		self.assertEqual(balance(self.customer), (0.0, 200.0))
		mark_as_paid(again, on=date(2026, 4, 2))
		self.assertEqual(balance(self.customer), (200.0, 0.0))

	def test_an_edited_fee_takes_those_to_come_with_it(self) -> None:
		edited = edit_invoice(self.invoice, Edit(texts={"memo": "Order 7"}), reason="Memo")
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		lots = frappe.get_all("Credit Lot", filters={"billing_order": self.order}, pluck="sales_invoice")
		self.assertEqual(lots, [edited, edited])
		mark_as_paid(edited, on=FIRST)
		self.assertEqual(balance(self.customer), (100.0, 0.0))

	def test_a_fee_that_is_written_off_takes_them_back_and_brings_no_more(self) -> None:
		bill(self.order, utc(2026, 2, 1))
		write_off(self.invoice)
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		bill(self.order, utc(2026, 4, 1))
		self.assertEqual(balance(self.customer), (0.0, 0.0))

	def test_a_backlog_grants_every_month_once(self) -> None:
		bill(self.order, utc(2026, 4, 1))
		bill(self.order, utc(2026, 4, 1))
		self.assertEqual(entries(self.customer), [("grant", 0.0, 50.0)] * 4)

	def test_a_change_moves_them_to_its_invoice_which_takes_them_back_when_it_is_void(self) -> None:
		"""The first entries on the invoice of the change are the month's."""
		mark_as_paid(self.invoice, on=FIRST)
		invoice = self._change_to_larger_plan(utc(2026, 1, 11))
		self.assertNotEqual(invoice, self.invoice)
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(balance(self.customer), (50.0, 50.0))
		frappe.get_doc("Sales Invoice", invoice).cancel()
		self.assertEqual(balance(self.customer), (50.0, 0.0))

	def test_a_payment_that_began_before_the_billing_releases_them_too(self) -> None:
		"""What it read first does not know yet that the invoice has credits, or that there is a wallet."""
		mark_as_paid(self.invoice, on=FIRST)
		invoice = self._change_to_larger_plan(utc(2026, 1, 11))
		frappe.db.commit()
		billers = Billers([self.order], "2026-02-01T12:00:00+00:00", count=1)
		self.assertEqual(balance(self.customer), (50.0, 0.0))
		self.assertEqual(billers.start().wait(), [f"{self.order} billed 0 \n"])
		self.assertEqual(balance(self.customer), (50.0, 0.0))
		mark_as_paid(invoice, on=FIRST)
		frappe.db.commit()
		self.assertEqual(balance(self.customer), (100.0, 0.0))

	def test_a_billing_waits_for_a_payment_that_is_under_way(self) -> None:
		"""And sees then that the invoice is paid, though its transaction began before."""
		frappe.db.commit()
		mark_as_paid(self.invoice, on=FIRST)
		billers = Billers([self.order], "2026-02-01T12:00:00+00:00", count=1).start()
		self._wait_for_one_that_waits()
		frappe.db.commit()
		self.assertEqual(billers.wait(), [f"{self.order} billed 0 \n"])
		frappe.db.rollback()
		self.assertEqual(balance(self.customer), (100.0, 0.0))

	def _wait_for_one_that_waits(self) -> None:
		deadline = time.monotonic() + 60
		waiting = "select 1 from information_schema.processlist where time_ms > 300 and info like %s"
		while not frappe.db.sql(waiting, "select%for update"):
			self.assertLess(time.monotonic(), deadline, "nobody waits for the payment")
			time.sleep(0.05)

	def test_looking_at_the_next_invoice_grants_nothing(self) -> None:
		preview = preview_next_invoice(self.order)
		self.assertEqual([str(one.amount) for one in preview.billing.grants], ["50.00"])
		self.assertEqual(entries(self.customer), [("grant", 0.0, 50.0)])

	def test_a_draft_of_an_order_can_be_looked_at_too(self) -> None:
		order = make_order({"agent": self.agent, "plan": self.plan}, customer=self.customer)
		self.assertEqual(len(preview_next_invoice(order.name).billing.grants), 1)


class TestTheSetting(SiteTestCase):
	def test_a_charge_without_it_grants_with_the_fee(self) -> None:
		customer, agent = make_customer(), make_agent(PLATFORM)
		plan = make_plan(agent, {**PLATFORM, "credits": 50}, **YEAR)
		row = frappe.get_doc("Agent Plan", plan).charges[0]
		self.assertEqual(row.credit_schedule, "With the fee")
		row.db_set("credit_schedule", None)
		order = make_active_order({"agent": agent, "plan": plan}, at=utc(2026, 1, 1), customer=customer)
		bill(order, utc(2026, 3, 1))
		self.assertEqual(balance(customer), (0.0, 50.0))

	def test_it_is_refused_where_no_fee_comes_in_advance(self) -> None:
		for values in ({"timing": "Arrears"}, {"charge_type": "Setup Fee"}):
			before = frappe.db.count("AI Agent")
			with self.assert_refused("only with a platform or seat fee in advance"):
				make_agent({**MONTHLY_CREDITS, **values})
			self.assertEqual(frappe.db.count("AI Agent"), before)

	def test_it_means_nothing_without_credits(self) -> None:
		agent = make_agent({**MONTHLY_CREDITS, "credits": 0, "timing": "Arrears"})
		self.assertEqual(frappe.get_doc("AI Agent", agent).charges[0].credits, 0)
