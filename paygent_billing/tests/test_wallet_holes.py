"""Ways past a wallet: each is shut, and wallet and ledger agree afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from frappe.model.document import Document

from paygent_billing.portal import credits as portal
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.refund import RefundRequest, refund_invoice
from paygent_billing.services.invoices.uncollectible import mark_uncollectible
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.replay.books import company_for
from paygent_billing.services.wallets.expire import expire_without_orders
from paygent_billing.services.wallets.grant import NewCredits
from paygent_billing.services.wallets.top_up import top_up
from paygent_billing.tests.factories import (
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
from paygent_billing.tests.wallets import COMPANY, balance, buy, check_of, entries, ledger

FIRST = date(2026, 1, 1)


class HolesTestCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.invoice = buy(self.customer, "100", FIRST)

	def _order(self) -> str:
		agent = make_agent(usage_charge(make_metric(), 1))
		return make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer)

	def _draw(self, amount: int) -> Document:
		"""An invoice that draws the amount."""
		order = self._order()
		record_usage(order, amount, "2026-01-10T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		return invoices_of(order)[0]

	def assert_holds(self, available: float, pending: float, owed: float) -> None:
		"""The wallet and the liability hold this, and agree."""
		self.assertEqual(balance(self.customer), (available, pending))
		self.assertEqual(ledger(self.customer, "liability"), owed)
		self.assertEqual(check_of(self.customer).faults, ())


class TestSpentCreditsAreNotVoid(HolesTestCase):
	def setUp(self) -> None:
		super().setUp()
		payment = mark_as_paid(self.invoice, on=FIRST)
		self.drawn = self._draw(60)
		frappe.get_doc("Payment Entry", payment).cancel()

	def test_a_purchase_whose_credits_are_spent_is_written_off_and_not_void(self) -> None:
		before = entries(self.customer)
		for void in (
			lambda: void_invoice(self.invoice, reason="Bounced"),
			lambda: frappe.get_doc("Sales Invoice", self.invoice).cancel(),
		):
			with self.assert_refused("are spent, expired or refunded, and it cannot be void"):
				void()
		self.assertEqual(entries(self.customer), before)
		self.assert_holds(0, 40, 40)
		mark_uncollectible(self.invoice, on=FIRST, reason="Bounced")
		self.assert_holds(0, 0, 0)

	def test_it_is_void_with_all_its_credits_once_they_are_back(self) -> None:
		refund_invoice(self.drawn.name, RefundRequest("Wrong usage"), on=FIRST)
		self.assert_holds(0, 100, 100)
		void_invoice(self.invoice, reason="Bounced")
		self.assert_holds(0, 0, 0)


class TestCreditNotesByHand(HolesTestCase):
	def _assert_refused(self, against: str, **values: object) -> None:
		before, notes = entries(self.customer), frappe.db.count("Sales Invoice", {"is_return": 1})
		note = make_sales_return(against)
		note.update(values)
		for row in note.items:
			row.update({"rate": row.rate / 2})
		with self.assert_refused("Bought credits move with their wallet only"):
			note.insert()
		self.assertEqual(entries(self.customer), before)
		self.assertEqual(frappe.db.count("Sales Invoice", {"is_return": 1}), notes)

	def test_a_purchase_is_credited_by_its_own_actions_only(self) -> None:
		self._assert_refused(self.invoice, update_outstanding_for_self=0)
		mark_as_paid(self.invoice, on=FIRST)
		self._assert_refused(self.invoice)
		self.assert_holds(100, 0, 100)

	def test_so_is_an_invoice_that_drew_bought_credits(self) -> None:
		mark_as_paid(self.invoice, on=FIRST)
		self._assert_refused(self._draw(60).name)
		self.assert_holds(40, 0, 40)


class TestWhatAnotherTransactionDid(HolesTestCase):
	def test_a_refund_sees_one_that_was_given_since_its_transaction_began(self) -> None:
		mark_as_paid(self.invoice, on=FIRST)
		frappe.db.commit()
		frappe.db.count("Sales Invoice")  # from here on this transaction reads what is there now
		with _elsewhere():
			self._refund(60)
			frappe.db.commit()
		with self.assertRaisesRegex(frappe.QueryDeadlockError, "is being refunded elsewhere"):
			self._refund(60)
		frappe.db.rollback()
		with self.assert_refused("60 is not between 0 and the 40.00 left to refund"):
			self._refund(60)
		self.assert_holds(40, 0, 40)

	def test_a_purchase_sees_the_same_one_that_was_made_since_its_transaction_began(self) -> None:
		frappe.db.commit()
		frappe.db.count("Credit Lot")
		with _elsewhere():
			first = buy(self.customer, "25", FIRST, key="click")
			frappe.db.commit()
		self.assertEqual(buy(self.customer, "25", FIRST, key="click"), first)
		frappe.db.rollback()
		self.assert_holds(0, 125, 125)

	def _refund(self, amount: int) -> None:
		refund_invoice(self.invoice, RefundRequest("Too much", Decimal(amount)), on=FIRST)


class TestTwoCompanies(HolesTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.other = company_for("EUR")
		frappe.db.set_single_value(
			"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1
		)
		rate = {"date": FIRST, "from_currency": "USD", "to_currency": "EUR", "for_selling": 1}
		if not frappe.db.exists("Currency Exchange", rate):
			frappe.get_doc({"doctype": "Currency Exchange", "exchange_rate": 0.5, **rate}).insert()

	def _buy(self, company: str, **values: object) -> str:
		return top_up(NewCredits(self.customer, "USD", Decimal(30), **values), company, on=FIRST)

	def test_what_one_sold_expires_though_the_other_bills_the_customer(self) -> None:
		ends = date(2026, 2, 1)
		for company in (self.other, COMPANY):
			mark_as_paid(self._buy(company, expires=ends), on=FIRST)
		self._order()
		frappe.db.commit()
		self.assertIn(f"{self.customer} USD", expire_without_orders(ends))
		self.assertEqual(balance(self.customer), (30.0, 100.0))
		self.assertEqual(ledger(self.customer, "liability", self.other), 0)
		self.assertEqual(ledger(self.customer, "liability"), 130)
		self.assertEqual(check_of(self.customer).faults, ())

	def test_a_key_of_one_is_no_purchase_from_the_other(self) -> None:
		first = self._buy(self.other, key="click")
		self.assertEqual(self._buy(self.other, key="click"), first)
		with self.assert_refused("was used for other credits", frappe.DuplicateEntryError):
			self._buy(COMPANY, key="click")
		self.assertEqual(balance(self.customer), (0.0, 130.0))
		self.assertEqual(check_of(self.customer).faults, ())


class TestPortalPurchases(HolesTestCase):
	def test_a_repeated_click_is_answered_also_when_no_further_purchase_is_allowed(self) -> None:
		clicks = [self._click(number) for number in (1, 2)]
		self.assertEqual(self._click(2), clicks[1])
		with self.assert_refused("3 invoices are open"):
			self._click(3)
		self.assert_holds(0, 140, 140)

	def test_the_seller_is_who_sold_before_and_not_the_default_of_who_made_the_wallet(self) -> None:
		self.assertNotEqual(frappe.defaults.get_user_default("Company"), COMPANY)
		self.assertFalse(frappe.db.get_value("Prepaid Wallet", f"{self.customer} USD", "company"))
		invoice = self._click(1)
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice, "company"), COMPANY)

	def _click(self, number: int) -> str:
		return portal.buy(f"{self.customer} USD", Decimal(20), f"click-{number}", now=utc(2026, 1, 1))


@contextmanager
def _elsewhere() -> Iterator[None]:
	"""What runs inside has a connection of its own."""
	own, user = frappe.local.db, frappe.session.user
	frappe.connect(set_admin_as_user=False)
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.db.close()
		frappe.local.db = own
