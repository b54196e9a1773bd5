"""Alerts come once per crossing, and an automatic top-up closes the gap with one invoice."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.usage.batch import record_batch
from paygent_billing.services.wallets.watch import watch_wallets
from paygent_billing.tests.factories import (
	bill,
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.test_invoice_email import make_outgoing_account
from paygent_billing.tests.wallets import COMPANY, balance, give


class WatchCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.now = datetime.now(timezone.utc)
		self.customer = make_customer()
		frappe.db.set_value("Customer", self.customer, "email_id", "buyer@example.com")
		self.metric = make_metric()
		self.agent = make_agent(usage_charge(self.metric, 1))
		self.order = make_active_order(
			{"agent": self.agent},
			at=self.now,
			customer=self.customer,
			start_date=self.now.date().replace(day=1),
			billing_day=1,
		)
		self.wallet = give(self.customer, "100", self.now.date())
		frappe.db.commit()

	def _use(self, quantity: int) -> None:
		event = {
			"id": frappe.generate_hash(length=10),
			"customer": self.customer,
			"agent": self.agent,
			"metric": self.metric,
			"quantity": quantity,
			"occurred_at": self.now.isoformat(),
		}
		self.assertEqual([one.status.value for one in record_batch([event], self.now)], ["accepted"])
		frappe.db.commit()

	def _watch(self) -> None:
		watch_wallets(self.now)

	def _settings(self, **values: object) -> None:
		wallet = frappe.get_doc("Prepaid Wallet", self.wallet)
		wallet.update(values)
		wallet.save()
		frappe.db.commit()

	def _events(self) -> list[str]:
		filters = {"customer": self.customer, "event": ["like", "credits.%"]}
		return sorted(frappe.get_all("Billing Event", filters=filters, pluck="event"))


class TestAlerts(WatchCase):
	def test_eighty_and_a_hundred_percent_are_told_once_each(self) -> None:
		self._use(79)
		self._watch()
		self.assertEqual(self._events(), [])
		self._use(1)
		self._watch()
		self._use(1)
		self._watch()
		self.assertEqual(self._events(), ["credits.used_80"])
		self._use(19)
		self._watch()
		self.assertEqual(self._events(), ["credits.used_100", "credits.used_80"])

	def test_more_credits_arm_the_alert_again(self) -> None:
		self._use(85)
		self._watch()
		give(self.customer, "100", self.now.date())
		frappe.db.commit()
		self._watch()
		self._use(80)
		self._watch()
		self.assertEqual(self._events(), ["credits.used_80", "credits.used_80"])

	def test_nobody_to_tell_is_no_reason_not_to_write_it_down(self) -> None:
		frappe.db.set_value("Customer", self.customer, "email_id", None)
		self._use(80)
		self._watch()
		details = frappe.db.get_value("Billing Event", {"customer": self.customer}, "details")
		self.assertIn("has no e-mail address", frappe.parse_json(details).email)

	def test_a_low_balance_is_told_once_and_by_mail(self) -> None:
		make_outgoing_account()
		self._settings(low_balance_alert=30)
		self._watch()
		self.assertEqual(self._events(), [])
		self._use(71)
		self._watch()
		self._watch()
		self.assertEqual(self._events(), ["credits.low_balance"])
		mails = frappe.get_all(
			"Email Queue", filters={"reference_name": self.wallet}, fields=["name", "message"]
		)
		self.assertEqual(len(mails), 1)
		recipients = frappe.get_all(
			"Email Queue Recipient", filters={"parent": mails[0].name}, pluck="recipient"
		)
		self.assertEqual(recipients, ["buyer@example.com"])
		self.assertIn("29.00", mails[0].message)

	def test_used_up_credits_and_overage_are_told_with_the_invoice(self) -> None:
		self._use(130)
		month = (self.now.month % 12) + 1
		year = self.now.year + (month == 1)
		bill(self.order, self.now.replace(year=year, month=month, day=1, hour=23))
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		self._watch()
		self._watch()
		self.assertEqual(self._events(), ["credits.depleted", "credits.overage"])
		overage = frappe.db.get_value(
			"Billing Event", {"customer": self.customer, "event": "credits.overage"}, "amount"
		)
		self.assertEqual(overage, 30)
		self.assertEqual(frappe.db.get_value("Prepaid Wallet", self.wallet, "overage_used"), 30)


class TestAutomaticTopUp(WatchCase):
	def setUp(self) -> None:
		super().setUp()
		self._settings(
			top_up_is_automatic=1, top_up_threshold=50, top_up_target=200, top_ups_a_day=2, company=COMPANY
		)

	def _invoices(self) -> list[float]:
		filters = {"customer": self.customer, "billing_origin": "Top-up", "docstatus": 1}
		return frappe.get_all("Sales Invoice", filters=filters, pluck="net_total", order_by="creation asc")

	def test_one_invoice_closes_the_gap_and_counts_before_it_is_paid(self) -> None:
		self._use(50)
		self._watch()
		self.assertEqual(self._invoices(), [])
		self._use(10)
		self._watch()
		self._use(1)
		self._watch()
		self.assertEqual(self._invoices(), [160.0])
		self.assertEqual(balance(self.customer), (100.0, 160.0))

	def test_no_more_than_so_many_a_day(self) -> None:
		for _turn in range(4):
			self._use(200)
			self._watch()
		self.assertEqual(self._invoices(), [300.0, 200.0])

	def test_looking_again_and_again_buys_once(self) -> None:
		self._use(60)
		for _turn in range(5):
			frappe.db.set_value("Prepaid Wallet", self.wallet, "has_news", 1)
			frappe.db.commit()
			self._watch()
		self.assertEqual(self._invoices(), [160.0])
		invoice = frappe.get_all("Sales Invoice", filters={"customer": self.customer}, pluck="name")[0]
		mark_as_paid(invoice, on=self.now.date())
		self.assertEqual(balance(self.customer), (260.0, 0.0))

	def test_settings_that_make_no_sense_are_refused(self) -> None:
		before = frappe.db.get_value("Prepaid Wallet", self.wallet, ["top_up_target", "company"])
		for values, message in [
			({"top_up_target": 50}, "fills up to more than the limit"),
			({"top_ups_a_day": 0}, "at least one automatic top-up a day"),
			({"company": None}, "Name the company"),
			({"credit_value": 0}, "must be more than 0"),
			({"available": Decimal(5)}, "follows from its entries"),
		]:
			with self.subTest(message), self.assert_refused(message):
				self._settings(**values)
		self.assertEqual(
			frappe.db.get_value("Prepaid Wallet", self.wallet, ["top_up_target", "company"]), before
		)

	def test_what_keeps_it_from_buying_stands_on_the_wallet_and_stops_no_other(self) -> None:
		frappe.db.set_value("Prepaid Wallet", self.wallet, "company", "No such company")
		self._use(60)
		self._watch()
		self.assertEqual(self._invoices(), [])
		self.assertIn("exchange rate", frappe.db.get_value("Prepaid Wallet", self.wallet, "top_up_error"))
