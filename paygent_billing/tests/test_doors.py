"""Ways into the billing's documents other than its own services: each leaves orders and invoices alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import frappe
from frappe.model.document import Document

from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.tests.factories import (
	PLATFORM,
	SEATS,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_metric,
	make_order,
	make_plan,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestRowsOfDocuments(SiteTestCase):
	"""REST can name a child row, save it, and only then the document that it is a part of."""

	def setUp(self) -> None:
		super().setUp()
		agent = make_agent()
		self.plan = make_plan(agent, PLATFORM, SEATS)
		self.order = make_active_order({"agent": agent, "plan": self.plan, "seats": 3}, at=utc(2026, 1, 1))

	def _seats(self) -> list[int]:
		return [row.seats for row in frappe.get_doc("Billing Order", self.order).lines]

	def _prices(self) -> list[float]:
		return [row.price for row in frappe.get_doc("Agent Plan", self.plan).charges]

	def test_a_row_is_not_changed_by_itself(self) -> None:
		line = frappe.get_doc("Order Line", {"parent": self.order})
		line.seats = 300
		with self.assert_refused("changes with it only"):
			line.save()
		charge = frappe.get_doc("Plan Charge", {"parent": self.plan, "charge": "platform"})
		charge.price = 1
		with self.assert_refused("changes with it only"):
			charge.save()
		frappe.db.rollback()
		self.assertEqual((self._seats(), self._prices()), ([3], [99.0, 0.0]))

	def test_a_row_is_not_deleted_by_itself(self) -> None:
		for doctype, parent in (("Order Line", self.order), ("Plan Charge", self.plan)):
			with self.subTest(doctype), self.assert_refused("changes with it only"):
				frappe.delete_doc(doctype, frappe.db.get_value(doctype, {"parent": parent}))
		self.assertEqual((self._seats(), self._prices()), ([3], [99.0, 0.0]))

	def test_a_row_is_not_added_by_itself(self) -> None:
		for doctype, parenttype, parent, field, values in (
			("Order Line", "Billing Order", self.order, "lines", {"agent": make_agent(PLATFORM)}),
			("Order Pause", "Billing Order", self.order, "pauses", {"paused_on": "2026-01-05"}),
			("Charge Tier", "Agent Plan", self.plan, "tiers", {"charge": "platform", "rate": 1}),
		):
			row = frappe.new_doc(doctype)
			row.update({"parenttype": parenttype, "parent": parent, "parentfield": field, **values})
			with self.subTest(doctype), self.assert_refused("changes with it only"):
				row.insert()
		self.assertEqual((self._seats(), self._prices()), ([3], [99.0, 0.0]))


class TestInvoicesByHand(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		self.order = make_active_order({"agent": agent, "rollover": "All"}, at=utc(2026, 1, 1))
		bill(self.order, utc(2026, 1, 1))
		self.invoice = invoices_of(self.order)[0]

	def _balance(self) -> tuple[float, float]:
		wallet = {"customer": self.invoice.customer}
		return frappe.db.get_value("Prepaid Wallet", wallet, ["available", "pending"])

	def _copy(self, **values: object) -> Document:
		copy = frappe.copy_doc(self.invoice, ignore_no_copy=False)
		copy.update({"docstatus": 0, **values})
		return copy

	def test_an_invoice_made_by_hand_names_no_order(self) -> None:
		with self.assert_refused("Only the billing issues invoices of"):
			self._copy(billing_order=self.order).insert()
		own = self._copy().insert()
		own.billing_order = self.order
		with self.assert_refused("Only the billing issues invoices of"):
			own.save()

	def test_a_void_invoice_is_not_amended(self) -> None:
		mark_as_paid(self.invoice.name, on=date(2026, 1, 5))
		record_usage(self.order, 30, "2026-01-10T00:00:00Z")
		bill(self.order, utc(2026, 2, 1))
		self.invoice = invoices_of(self.order)[1]
		self.invoice.cancel()
		self.assertEqual(self._balance(), (50.0, 0.0))
		for values in ({}, {"billing_order": self.order}):
			with self.subTest(values), self.assert_refused("Only the billing issues invoices of"):
				self._copy(amended_from=self.invoice.name, **values).insert()

	def test_an_invoice_that_is_paid_in_part_or_whole_is_not_cancelled(self) -> None:
		for pay in (lambda: record_payment(self.invoice.name, 1, on=date(2026, 1, 5)), self._pay_all):
			pay()
			self.invoice.reload()
			with self.assert_refused("is paid, at least in part"):
				self.invoice.cancel()
		self.assertEqual(frappe.db.get_value("Sales Invoice", self.invoice.name, "docstatus"), 1)

	def _pay_all(self) -> None:
		mark_as_paid(self.invoice.name, on=date(2026, 1, 6))

	def test_agents_are_renamed_but_not_merged(self) -> None:
		first, second = make_agent(PLATFORM), make_agent({**PLATFORM, "price": 1})
		with self.assert_refused("Agents cannot be merged"):
			frappe.rename_doc("AI Agent", first, second, merge=True)
		self.assertEqual(frappe.rename_doc("AI Agent", first, f"{first} renamed"), f"{first} renamed")


class TestOrdersFromOutside(SiteTestCase):
	def test_numbers_may_be_written_as_text(self) -> None:
		order = make_order(billing_day="31", interval_count="1", payment_due_days="14")
		self.assertEqual((order.billing_day, order.payment_due_days), (31, 14))

	def test_what_makes_no_sense_is_refused_with_words(self) -> None:
		for values, message in (
			({"ends": "After periods", "term_periods": None}, "after how many periods"),
			({"ends": "After periods", "term_periods": 10**7}, "cannot be billed like this"),
			({"payment_due_days": 10**9}, "at most 3650"),
			({"discount_type": "Percent", "discount_value": float("nan")}, "is not a number"),
		):
			with self.subTest(values), self.assert_refused(message):
				make_order(**values)
		for price in ("abc", float("nan"), 1e300):
			with self.subTest(price), self.assert_refused("is not a number"):
				make_agent({**PLATFORM, "price": price})
		for name in (None, 'a"b'):
			with self.subTest(name), self.assert_refused("Name the property"):
				make_metric("Unique", name)


class TestUsageFromOutside(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		agent = make_agent(usage_charge(make_metric(), 1))
		self.order = make_active_order({"agent": agent}, at=utc(2026, 1, 1))

	def _record(self, **values: object) -> Callable[[], Document]:
		values = {"quantity": 1, "occurred_at": "2026-01-10T00:00:00Z", **values}
		return lambda: record_usage(self.order, **values)

	def test_what_is_no_number_time_id_or_object_is_refused_with_words(self) -> None:
		for values, message in (
			({"quantity": "abc"}, "is not a number"),
			({"quantity": "1,000"}, "is not a number"),
			({"quantity": True}, "is not a number"),
			({"quantity": [1]}, "is not a number"),
			({"quantity": float("nan")}, "is not a number"),
			({"occurred_at": 1768000000}, "is no time"),
			({"occurred_at": [1]}, "is no time"),
			({"occurred_at": {"a": 1}}, "is no time"),
			({"event_id": ["like", "%"]}, "must be a text"),
			({"event_id": {"a": 1}}, "must be a text"),
			({"properties": "not json"}, "must be a JSON object"),
			({"properties": "[1]"}, "must be a JSON object"),
		):
			with self.subTest(values), self.assert_refused(message):
				self._record(**values)()
			frappe.db.rollback()

	def test_ids_that_differ_in_case_accents_or_a_space_are_different(self) -> None:
		ids = [frappe.generate_hash(length=6).upper() + rest for rest in ("é", "e", "E", "e ")]
		ids = [ids[0][:6] + name[6:] for name in ids]
		for event_id in [*ids, ids[0].lower()]:
			self._record(event_id=event_id)()
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(invoices_of(self.order)[0].items[0].billed_quantity, 5.0)

	def test_an_id_that_comes_in_twice_at_once_is_a_duplicate(self) -> None:
		event = self._record()()
		twin = frappe.copy_doc(event)
		twin.db_insert = lambda *args, **options: _raise(frappe.UniqueValidationError)
		twin.event_id += " later"
		with self.assert_refused("is recorded already", frappe.DuplicateEntryError):
			twin.insert()


def _raise(error: type[Exception]) -> None:
	frappe.msgprint("Duplicate")
	raise error
