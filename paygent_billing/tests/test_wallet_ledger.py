"""Bought credits are owed in the ledger until they are drawn, expire or are refunded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.invoices.refund import RefundRequest, refund_invoice
from paygent_billing.services.wallets.expire import expire_without_orders
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.top_up import top_up
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
from paygent_billing.tests.site_case import SiteTestCase, day, utc
from paygent_billing.tests.wallets import balance, buy, check_of, entries, give, ledger

FIRST = date(2026, 1, 1)


class TestBoughtCredits(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.invoice = buy(self.customer, "100", FIRST)

	def assert_owed(self, amount: float) -> None:
		"""The liability holds this, and wallet, entries and ledger agree."""
		self.assertEqual(ledger(self.customer, "liability"), amount)
		self.assertEqual(check_of(self.customer).faults, ())

	def _order(self, **values: object) -> str:
		agent = make_agent(usage_charge(make_metric(), 1))
		return make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer, **values)

	def test_they_are_owed_from_their_invoice_on_and_available_when_it_is_paid_in_full(self) -> None:
		self.assert_owed(100)
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		record_payment(self.invoice, Decimal("99.99"), on=FIRST)
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		record_payment(self.invoice, Decimal("0.01"), on=FIRST)
		self.assertEqual(balance(self.customer), (100.0, 0.0))
		self.assert_owed(100)

	def test_usage_draws_them_out_of_the_liability_whole_also_with_a_discount(self) -> None:
		mark_as_paid(self.invoice, on=FIRST)
		order = self._order(discount_type="Percent", discount_value=10)
		record_usage(order, 130, "2026-01-10T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		invoice = invoices_of(order)[0]
		self.assertEqual(
			[(row.billing_type, row.amount) for row in invoice.items], [("usage", 130), ("credit", -100)]
		)
		self.assertEqual((invoice.total, invoice.discount_amount, invoice.grand_total), (30, 3, 27))
		self.assertEqual([row.net_amount for row in invoice.items], [127, -100])
		self.assert_owed(0)

	def test_granted_credits_burden_promotion_and_never_the_liability(self) -> None:
		give(self.customer, "20", FIRST)
		mark_as_paid(self.invoice, on=FIRST)
		order = self._order()
		record_usage(order, 50, "2026-01-10T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		self.assertEqual([row.amount for row in invoices_of(order)[0].items], [50, -20, -30])
		self.assertEqual(ledger(self.customer, "promotion"), -20)
		self.assert_owed(70)

	def test_what_expires_becomes_income(self) -> None:
		customer = make_customer()
		mark_as_paid(buy(customer, "40", FIRST, expires=day("2026-03-01")), on=FIRST)
		frappe.db.commit()
		self.assertNotIn(f"{customer} USD", expire_without_orders(date(2026, 2, 28)))
		self.assertIn(f"{customer} USD", expire_without_orders(date(2026, 3, 1)))
		self.assertEqual(balance(customer), (0.0, 0.0))
		self.assertEqual((ledger(customer, "liability"), ledger(customer, "breakage")), (0, 40))
		self.assertEqual(check_of(customer).faults, ())
		entry = frappe.get_doc("Journal Entry", {"prepaid_wallet": f"{customer} USD"})
		with self.assert_refused("follows from the wallet"):
			entry.cancel()

	def test_a_date_waits_for_the_usage_from_before_it(self) -> None:
		customer = make_customer()
		mark_as_paid(buy(customer, "40", FIRST, expires=day("2026-01-20")), on=FIRST)
		agent = make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=customer, grace_hours=72)
		record_usage(order, 30, "2026-01-10T00:00:00Z")
		self.assertNotIn(f"{customer} USD", expire_without_orders(date(2026, 2, 3)))
		bill(order, utc(2026, 2, 3))
		self.assertEqual(invoices_of(order), [])
		bill(order, utc(2026, 2, 4))
		self.assertEqual([row.amount for row in invoices_of(order)[0].items], [30, -30])
		self.assertEqual(entries(customer)[-1], ("expire", -10.0, 0.0))
		self.assertEqual((ledger(customer, "liability"), ledger(customer, "breakage")), (0, 10))

	def test_a_void_purchase_was_none(self) -> None:
		frappe.get_doc("Sales Invoice", self.invoice).cancel()
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		self.assert_owed(0)

	def test_a_paid_purchase_is_not_void(self) -> None:
		mark_as_paid(self.invoice, on=FIRST)
		with self.assert_refused("cannot be void"):
			frappe.get_doc("Sales Invoice", self.invoice).cancel()
		frappe.db.rollback()

	def test_a_written_off_purchase_is_not_owed_and_is_again_when_that_is_undone(self) -> None:
		settled = write_off(self.invoice)
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		self.assert_owed(0)
		settled.cancel()
		self.assertEqual(balance(self.customer), (0.0, 100.0))
		self.assert_owed(100)
		mark_as_paid(self.invoice, on=FIRST)
		self.assertEqual(balance(self.customer), (100.0, 0.0))
		self.assert_owed(100)

	def test_the_same_purchase_twice_is_one(self) -> None:
		first = buy(self.customer, "25", FIRST, key="order-77")
		self.assertEqual(buy(self.customer, "25", FIRST, key="order-77"), first)
		self.assertEqual(balance(self.customer), (0.0, 125.0))
		with self.assert_refused("was used for other credits", frappe.DuplicateEntryError):
			buy(self.customer, "26", FIRST, key="order-77")
		self.assertEqual(balance(self.customer), (0.0, 125.0))
		self.assertEqual(frappe.db.count("Sales Invoice", {"customer": self.customer, "docstatus": 1}), 2)

	def test_amounts_and_dates_that_make_no_sense_are_refused(self) -> None:
		before = entries(self.customer)
		for values, message in [
			(("0", FIRST, {}), "0 is no amount of USD"),
			(("-5", FIRST, {}), "-5 is no amount of USD"),
			(("1.005", FIRST, {}), "1.005 is no amount of USD"),
			(("5", FIRST, {"expires": FIRST}), "would be worth nothing"),
		]:
			with self.subTest(message), self.assert_refused(message):
				buy(self.customer, values[0], values[1], **values[2])
		self.assertEqual(entries(self.customer), before)

	def test_credits_in_another_currency_are_owed_in_it_at_any_rate(self) -> None:
		customer = _customer_in_francs()
		_rate("2026-01-01", 1.1)
		invoice = top_up(NewCredits(customer, "CHF", Decimal("100")), "Scenarios USD", on=FIRST)
		mark_as_paid(invoice, on=FIRST)
		agent = make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=customer, currency="CHF")
		record_usage(order, 60, "2026-01-10T00:00:00Z")
		_rate("2026-02-01", 1.25)
		bill(order, utc(2026, 2, 1))
		self.assertEqual(ledger(customer, "liability", currency="CHF"), 40)
		self.assertEqual(check_of(customer).faults, ())


class TestRefunds(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()

	def _refund(self, invoice: str, **values: object):
		return refund_invoice(invoice, RefundRequest("Not content", **values), on=date(2026, 1, 20))

	def _assert_right(self) -> None:
		self.assertEqual(check_of(self.customer).faults, ())

	def test_a_refund_takes_unspent_credits_back_and_pays_the_money_out(self) -> None:
		invoice = buy(self.customer, "100", FIRST)
		mark_as_paid(invoice, on=FIRST)
		refund = self._refund(invoice, amount=Decimal(30))
		self.assertEqual((refund.taken_back, refund.not_taken_back), (30, 0))
		self.assertEqual(balance(self.customer), (70.0, 0.0))
		note = frappe.get_doc("Sales Invoice", refund.credit_note)
		self.assertEqual((note.grand_total, note.outstanding_amount, note.return_against), (-30, 0, invoice))
		self.assertEqual(frappe.db.get_value("Payment Entry", refund.payment, "payment_type"), "Pay")
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice, "outstanding_amount"), 0)
		self._assert_right()

	def test_what_is_spent_is_said_and_burdens_promotion(self) -> None:
		invoice = buy(self.customer, "100", FIRST)
		mark_as_paid(invoice, on=FIRST)
		order = make_active_order(
			{"agent": make_agent(usage_charge(make_metric(), 1))}, at=utc(2026, 1, 1), customer=self.customer
		)
		record_usage(order, 80, "2026-01-10T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		refund = self._refund(invoice)
		self.assertEqual((refund.taken_back, refund.not_taken_back), (20, 80))
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		self.assertEqual((ledger(self.customer, "liability"), ledger(self.customer, "promotion")), (0, -80))
		self._assert_right()

	def test_refunds_never_exceed_the_invoice(self) -> None:
		invoice = buy(self.customer, "100", FIRST)
		mark_as_paid(invoice, on=FIRST)
		self._refund(invoice, amount=Decimal(60))
		before = entries(self.customer)
		with self.assert_refused("60 is not between 0 and the 40.00 left to refund"):
			self._refund(invoice, amount=Decimal(60))
		self._refund(invoice)
		with self.assert_refused("is refunded already"):
			self._refund(invoice)
		self.assertEqual(entries(self.customer)[: len(before)], before)
		self.assertEqual(balance(self.customer), (0.0, 0.0))
		self._assert_right()

	def test_the_same_request_twice_is_one_refund(self) -> None:
		invoice = buy(self.customer, "100", FIRST)
		mark_as_paid(invoice, on=FIRST)
		first = self._refund(invoice, amount=Decimal(30), key="click-1")
		self.assertEqual(self._refund(invoice, amount=Decimal(30), key="click-1"), first)
		with self.assert_refused("was used to refund 30", frappe.DuplicateEntryError):
			self._refund(invoice, amount=Decimal(40), key="click-1")
		self.assertEqual(balance(self.customer), (70.0, 0.0))
		self.assertEqual(frappe.db.count("Sales Invoice", {"refund_of": invoice, "docstatus": 1}), 1)
		self._assert_right()

	def test_only_a_paid_invoice_is_refunded(self) -> None:
		invoice = buy(self.customer, "100", FIRST)
		record_payment(invoice, Decimal(99), on=FIRST)
		with self.assert_refused("is not paid: only a paid invoice is refunded"):
			self._refund(invoice)
		self.assertEqual(balance(self.customer), (0.0, 100.0))

	def test_a_refund_of_the_whole_invoice_returns_the_credits_that_it_drew(self) -> None:
		mark_as_paid(buy(self.customer, "100", FIRST), on=FIRST)
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer)
		bill(order, utc(2026, 1, 1))
		record_usage(order, 80, "2026-01-10T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		invoice = invoices_of(order)[1]
		mark_as_paid(invoice.name, on=date(2026, 2, 1))
		self.assertEqual(balance(self.customer), (70.0, 50.0))
		self._refund(invoice.name)
		self.assertEqual(balance(self.customer), (100.0, 50.0))
		self.assertEqual(ledger(self.customer, "liability"), 100)
		self._assert_right()

	def test_a_line_is_refunded_with_its_share_of_the_credits(self) -> None:
		agent = make_agent({**PLATFORM, "credits": 50})
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer)
		bill(order, utc(2026, 1, 1))
		invoice = invoices_of(order)[0]
		mark_as_paid(invoice.name, on=FIRST)
		refund = self._refund(invoice.name, lines={invoice.items[0].name: Decimal("49.50")}, pays_back=False)
		self.assertEqual((refund.payment, refund.taken_back), (None, 25))
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", refund.credit_note, "outstanding_amount"), -49.5
		)
		with self.assert_refused("of which 60 can be refunded"):
			self._refund(invoice.name, lines={"no such row": Decimal(60)})
		self._assert_right()

	def test_a_refund_stays_and_the_next_period_is_billed_as_ever(self) -> None:
		order = make_active_order({"agent": make_agent(PLATFORM)}, at=utc(2026, 1, 1), customer=self.customer)
		bill(order, utc(2026, 1, 1))
		invoice = invoices_of(order)[0].name
		mark_as_paid(invoice, on=FIRST)
		note = self._refund(invoice).credit_note
		with self.assert_refused("refunds"):
			frappe.get_doc("Sales Invoice", note).cancel()
		frappe.db.rollback()
		bill(order, utc(2026, 2, 1))
		self.assertEqual([row.grand_total for row in invoices_of(order)], [99, 99])


class TestVerification(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		mark_as_paid(buy(self.customer, "100", FIRST), on=FIRST)
		give(self.customer, "10", FIRST)
		frappe.db.commit()

	def test_every_kind_of_tampering_is_found(self) -> None:
		self.assertEqual(check_of(self.customer).faults, ())
		wallet = f"{self.customer} USD"
		for statement, fault in [
			("update `tabWallet Entry` set available = 11 where wallet = %s and number = 3", "entry 3 was"),
			("update `tabWallet Entry` set reason = 'x' where wallet = %s", "entry 1 was changed"),
			("update `tabWallet Entry` set happened_on = '2020-01-01' where wallet = %s", "entry 1 was"),
			("delete from `tabWallet Entry` where wallet = %s and number = 3", "3 entries were written"),
			("delete from `tabWallet Entry` where wallet = %s and number = 2", "entry 3 was changed, added"),
			("update `tabPrepaid Wallet` set available = 111 where name = %s", "the balance is 111"),
			(
				"update `tabCredit Lot` set available = 99 where wallet = %s and source = 'bought'",
				"bought credits of 99, 100 in the liability account",
			),
		]:
			with self.subTest(fault):
				frappe.db.sql(statement, (wallet,))
				self.assertIn(fault, "; ".join(check_of(self.customer).faults))
				frappe.db.rollback()


def write_off(invoice: str):
	document = frappe.get_doc("Sales Invoice", invoice)
	entry = frappe.new_doc("Journal Entry")
	entry.update({"company": document.company, "posting_date": FIRST, "voucher_type": "Write Off Entry"})
	account = frappe.db.get_value("Company", document.company, "write_off_account")
	entry.append("accounts", {"account": account, "debit_in_account_currency": document.grand_total})
	entry.append(
		"accounts",
		{
			"account": document.debit_to,
			"party_type": "Customer",
			"party": document.customer,
			"credit_in_account_currency": document.grand_total,
			"reference_type": "Sales Invoice",
			"reference_name": invoice,
		},
	)
	entry.submit()
	return entry


def _customer_in_francs() -> str:
	customer = make_customer("Swiss")
	frappe.db.set_value("Currency", "CHF", "enabled", 1)
	frappe.db.set_single_value(
		"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1
	)
	return customer


def _rate(on: str, rate: float) -> None:
	for name in frappe.get_all(
		"Currency Exchange", filters={"date": on, "from_currency": "CHF"}, pluck="name"
	):
		frappe.delete_doc("Currency Exchange", name)
	exchange = frappe.new_doc("Currency Exchange")
	exchange.update(
		{"date": on, "from_currency": "CHF", "to_currency": "USD", "exchange_rate": rate, "for_selling": 1}
	)
	exchange.insert()
