"""Whatever happens to the invoices behind them, credits add up, entry by entry and with the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import frappe
from frappe.client import bulk_update, insert, set_value

from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.refund import RefundRequest, refund_invoice
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
from paygent_billing.tests.test_wallet_ledger import write_off
from paygent_billing.tests.wallets import balance, buy, check_of, entries, give

FIRST = date(2026, 1, 1)
SEQUENCES, STEPS = 12, 14


class Life:
	"""A customer whose top-ups are paid, unpaid, written off, void and refunded in some order."""

	def __init__(self, seed: int) -> None:
		self.chance = random.Random(seed)
		self.customer = make_customer()
		self.invoices: list[str] = []
		self.vouchers: list[tuple[str, str]] = []

	def happen(self) -> None:
		"""Something that a person may do now; what is refused changes nothing."""
		act = self.chance.choice(
			[
				self._buy,
				self._pay,
				self._pay,
				self._take_payment_back,
				self._write_off,
				self._void,
				self._refund,
			]
		)
		frappe.db.savepoint("earlier")
		try:
			act()
		except frappe.ValidationError:
			frappe.db.rollback(save_point="earlier")
			frappe.clear_messages()

	def _buy(self) -> None:
		self.invoices.append(buy(self.customer, str(self.chance.randint(1, 90)), FIRST))

	def _some(self) -> str:
		return self.chance.choice(self.invoices or [buy(self.customer, "50", FIRST)])

	def _pay(self) -> None:
		payment = mark_as_paid(self._some(), on=FIRST)
		self.vouchers += [("Payment Entry", payment)] if payment else []

	def _write_off(self) -> None:
		invoice = self._some()
		if frappe.db.get_value("Sales Invoice", invoice, "outstanding_amount") > 0:
			self.vouchers.append(("Journal Entry", write_off(invoice).name))

	def _take_payment_back(self) -> None:
		if self.vouchers:
			frappe.get_doc(*self.chance.choice(self.vouchers)).cancel()

	def _void(self) -> None:
		frappe.get_doc("Sales Invoice", self._some()).cancel()

	def _refund(self) -> None:
		amount = Decimal(self.chance.randint(1, 60)) if self.chance.random() < 0.6 else None
		refund_invoice(self._some(), RefundRequest("Sequence", amount), on=FIRST)


class TestSequences(SiteTestCase):
	def test_any_sequence_leaves_balance_entries_and_ledger_equal(self) -> None:
		for seed in range(SEQUENCES):
			life = Life(seed)
			give(life.customer, "5", FIRST)
			for step in range(STEPS):
				life.happen()
				with self.subTest(seed=seed, step=step):
					self.assertEqual(check_of(life.customer).faults, ())
			frappe.db.rollback()


class TestPeriods(SiteTestCase):
	def _order(self, customer: str, **line: object) -> str:
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		return make_active_order({"agent": agent, **line}, at=utc(2026, 1, 1), customer=customer)

	def test_a_reset_leaves_bought_credits_and_those_of_other_periods_alone(self) -> None:
		customer = make_customer()
		mark_as_paid(buy(customer, "100", FIRST), on=FIRST)
		order = self._order(customer, rollover="None")
		bill(order, utc(2026, 1, 1))
		mark_as_paid(invoices_of(order)[0].name, on=FIRST)
		record_usage(order, 20, "2026-01-10T00:00:00Z")
		self.assertEqual(balance(customer), (150.0, 0.0))
		bill(order, utc(2026, 2, 1))
		self.assertEqual(balance(customer), (100.0, 50.0))
		self.assertEqual(check_of(customer).faults, ())

	def test_catching_up_grants_the_credits_of_every_missed_period(self) -> None:
		customer = make_customer()
		order = self._order(customer, rollover="All", expiry_days=400)
		bill(order, utc(2026, 4, 2))
		self.assertEqual([kind for kind, *_amounts in entries(customer)], ["grant"] * 4)
		self.assertEqual(balance(customer), (0.0, 200.0))
		ends = frappe.get_all(
			"Credit Lot", {"billing_order": order}, pluck="expires", order_by="sequence asc"
		)
		self.assertEqual([str(day) for day in ends], ["2027-02-05", "2027-03-08", "2027-04-05", "2027-05-06"])

	def test_credits_expire_some_days_after_the_billing_date_that_granted_them(self) -> None:
		customer = make_customer()
		order = self._order(customer, rollover="All", expiry_days=20)
		bill(order, utc(2026, 1, 1))
		mark_as_paid(invoices_of(order)[0].name, on=FIRST)
		record_usage(order, 30, "2026-01-25T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		self.assertEqual(
			entries(customer)[2:],
			[("draw", -30, 0), ("roll_over", 0, 0), ("expire", -20, 0), ("grant", 0, 50)],
		)


class TestDoors(SiteTestCase):
	"""No way in but the services changes what a wallet holds."""

	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.wallet = give(self.customer, "10", FIRST)
		mark_as_paid(buy(self.customer, "100", FIRST), on=FIRST)
		self.entry = frappe.db.get_value("Wallet Entry", {"wallet": self.wallet, "number": 1})
		self.lot = frappe.db.get_value("Credit Lot", {"wallet": self.wallet, "source": "bought"})

	def _assert_shut(self, door: Callable[[], object]) -> None:
		before = entries(self.customer), balance(self.customer), check_of(self.customer)
		with self.assertRaises(frappe.ValidationError):
			door()
		self.assertEqual((entries(self.customer), balance(self.customer), check_of(self.customer)), before)

	def test_every_door_is_shut(self) -> None:
		forged = {"doctype": "Wallet Entry", "wallet": self.wallet, "kind": "grant", "available": 5}
		doors: dict[str, Callable[[], object]] = {
			"set_value of an entry": lambda: set_value("Wallet Entry", self.entry, "available", 99),
			"set_value of a lot": lambda: set_value("Credit Lot", self.lot, {"available": 99}),
			"set_value of a balance": lambda: set_value("Prepaid Wallet", self.wallet, "available", 99),
			"set_value of the chain": lambda: set_value("Prepaid Wallet", self.wallet, "proof", "x"),
			"insert of an entry": lambda: insert({**forged, "cause": "forged"}),
			"insert of a lot": lambda: insert({"doctype": "Credit Lot", "name": "x", "wallet": self.wallet}),
			"insert of a reservation": lambda: insert(
				{"doctype": "Credit Reservation", "customer": self.customer, "amount": 5}
			),
			"delete of an entry": lambda: frappe.delete_doc("Wallet Entry", self.entry),
			"delete of a lot": lambda: frappe.delete_doc("Credit Lot", self.lot),
			"delete of the wallet": lambda: frappe.delete_doc("Prepaid Wallet", self.wallet),
			"rename of the wallet": lambda: frappe.rename_doc("Prepaid Wallet", self.wallet, "Mine"),
			"rename of a lot": lambda: frappe.rename_doc("Credit Lot", self.lot, "Mine"),
			"save of a copied entry": lambda: frappe.copy_doc(
				frappe.get_doc("Wallet Entry", self.entry)
			).save(),
		}
		for name, door in doors.items():
			with self.subTest(name):
				self._assert_shut(door)

	def test_customers_who_both_have_credits_are_not_merged(self) -> None:
		other = make_customer()
		give(other, "3", FIRST)
		before = entries(self.customer)
		with self.assert_refused("both have prepaid credits in USD"):
			frappe.rename_doc("Customer", other, self.customer, merge=True)
		self.assertEqual((entries(self.customer), balance(other)), (before, (3.0, 0.0)))

	def test_a_bulk_update_changes_nothing(self) -> None:
		before = entries(self.customer)
		rows = [{"doctype": "Wallet Entry", "docname": self.entry, "available": 99}]
		failed = bulk_update(frappe.as_json(rows))["failed_docs"]
		self.assertEqual((len(failed), entries(self.customer)), (1, before))

	def test_no_journal_entry_by_hand_bears_a_wallet(self) -> None:
		company = frappe.get_doc("Company", "Scenarios USD")
		entry = frappe.new_doc("Journal Entry")
		entry.update({"company": company.name, "posting_date": FIRST, "prepaid_wallet": self.wallet})
		rows = (("default_bank_account", "debit"), ("write_off_account", "credit"))
		for account, side in rows:
			entry.append("accounts", {"account": company.get(account), f"{side}_in_account_currency": 5})
		with self.assert_refused("Only the billing posts entries of a wallet"):
			entry.insert()

	def test_the_liability_account_stays_once_it_holds_something(self) -> None:
		name = frappe.db.get_value("Credit Accounts", {"company": "Scenarios USD", "currency": "USD"})
		accounts = frappe.get_doc("Credit Accounts", name)
		other = frappe.copy_doc(frappe.get_doc("Account", accounts.liability_account))
		other.account_name = frappe.generate_hash(length=8)
		accounts.liability_account = other.insert().name
		with self.assert_refused("holds credits already"):
			accounts.save()
		with self.assert_refused("its accounts stay"):
			frappe.delete_doc("Credit Accounts", name)
