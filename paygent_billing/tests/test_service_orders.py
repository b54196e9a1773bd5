"""A Sales Order for each service period: once, also after downtime, and none while a payment failed."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from paygent_billing.api import orders as api
from paygent_billing.paygent_billing.doctype.service_order_period.service_order_period import (
	UNIQUE_KEY,
	on_doctype_update,
)
from paygent_billing.services import clock
from paygent_billing.services.billing.first_invoice import make_first_invoice
from paygent_billing.services.billing.run import bill_all
from paygent_billing.services.billing.scheduler import bill_what_is_due, service_orders_job
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.payment_failed import failed_payments, payment_failed
from paygent_billing.services.invoices.uncollectible import mark_uncollectible
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.orders import actions, changes
from paygent_billing.services.service_orders.due import due_service_orders
from paygent_billing.services.service_orders.make import make_all_service_orders, make_service_orders
from paygent_billing.services.service_orders.standing import service_orders_of
from paygent_billing.tests.factories import (
	PLATFORM,
	SEATS,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
)
from paygent_billing.tests.service_order_makers import Makers
from paygent_billing.tests.site_case import SiteTestCase, day, utc


class ServiceOrderCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.agent = make_agent(PLATFORM, SEATS)
		self.order = self.new_order()

	def new_order(self, **values: object) -> str:
		line = {"agent": values.pop("agent", self.agent), "seats": 3}
		values = {"customer": self.customer, "makes_service_orders": 1, "usage_names_order": 1, **values}
		return make_active_order(line, at=utc(2026, 1, 1), **values)

	def make(self, moment: object, order: str | None = None) -> list[str]:
		frappe.db.commit()
		return make_service_orders(order or self.order, moment=moment)

	def periods(self, order: str | None = None) -> list[tuple[str, str]]:
		frappe.db.rollback()
		rows = frappe.get_all(
			"Service Order Period",
			filters={"billing_order": order or self.order},
			fields=["start", "end"],
			order_by="start asc",
		)
		return [(str(row.start), str(row.end)) for row in rows]

	def sales_orders(self, order: str | None = None) -> list[str]:
		filters = {"billing_order": order or self.order, "docstatus": 1}
		return frappe.get_all("Sales Order", filters=filters, pluck="name", order_by="service_from asc")


class TestServiceOrders(ServiceOrderCase):
	def test_a_service_order_says_agents_seats_and_period_and_bears_no_money(self) -> None:
		(name,) = self.make(utc(2026, 1, 1))
		made = frappe.get_doc("Sales Order", name)
		self.assertEqual(
			(made.customer, str(made.transaction_date), str(made.service_from), str(made.service_to)),
			(self.customer, "2026-01-01", "2026-01-01", "2026-01-31"),
		)
		row = made.items[0]
		self.assertEqual(
			(len(made.items), row.item_code, row.ai_agent, row.order_line, row.qty, row.rate, row.amount),
			(1, frappe.db.get_value("AI Agent", self.agent, "item"), self.agent, "L1", 3.0, 0.0, 0.0),
		)
		self.assertEqual(row.description, f"{self.agent}, 3 seats")
		self.assertEqual((made.grand_total, made.billing_order), (0.0, self.order))

	def test_a_price_list_of_its_item_gives_it_no_money_either(self) -> None:
		price = frappe.new_doc("Item Price")
		price.item_code = frappe.db.get_value("AI Agent", self.agent, "item")
		price.update({"price_list": "Standard Selling", "price_list_rate": 77, "currency": "USD"})
		price.insert()
		(name,) = self.make(utc(2026, 1, 1))
		self.assertEqual(frappe.db.get_value("Sales Order", name, "grand_total"), 0.0)

	def test_erpnext_takes_it_for_completed_and_an_invoice_of_it_is_refused(self) -> None:
		(name,) = self.make(utc(2026, 1, 1))
		fields = ["status", "per_billed", "billing_status"]
		self.assertEqual(
			frappe.db.get_value("Sales Order", name, fields), ("Completed", 100.0, "Fully Billed")
		)
		invoice = make_sales_invoice(name)
		with self.assert_refused(f"{name} is billed by {self.order}"):
			invoice.insert()
		self.assertEqual(frappe.db.count("Sales Invoice Item", {"sales_order": name}), 0)

	def test_three_months_of_downtime_make_three_orders_each_once(self) -> None:
		self.make(utc(2026, 1, 1))
		self.assertEqual(len(self.make(utc(2026, 4, 10))), 3)
		self.assertEqual(self.make(utc(2026, 4, 10)), [])
		self.assertEqual(
			self.periods(),
			[
				("2026-01-01", "2026-02-01"),
				("2026-02-01", "2026-03-01"),
				("2026-03-01", "2026-04-01"),
				("2026-04-01", "2026-05-01"),
			],
		)
		found = frappe.get_all(
			"Sales Order",
			filters={"billing_order": self.order},
			fields=["service_from", "transaction_date"],
			order_by="service_from asc",
		)
		self.assertEqual(
			[(str(row.service_from), str(row.transaction_date)) for row in found[1:]],
			[("2026-02-01", "2026-04-10"), ("2026-03-01", "2026-04-10"), ("2026-04-01", "2026-04-10")],
		)
		first_of_may = clock.midnight_ms(day("2026-05-01"), clock.zone_of("UTC"))
		self.assertEqual(frappe.db.get_value("Billing Order", self.order, "next_service_ms"), first_of_may)

	def test_it_follows_the_service_cycle_where_invoices_have_their_own(self) -> None:
		order = self.new_order(first_invoice_by_hand=1)
		make_first_invoice(order, on=day("2026-01-03"), moment=utc(2026, 1, 3))
		self.assertEqual(len(self.make(utc(2026, 2, 1), order)), 2)
		self.assertEqual(self.periods(order)[1], ("2026-02-01", "2026-03-01"))
		self.assertEqual(len(invoices_of(order)), 1)

	def test_each_order_has_the_seats_and_agents_of_its_first_day(self) -> None:
		self.make(utc(2026, 1, 1))
		other = make_agent(PLATFORM)
		changes.change_line(self.order, "L1", at=utc(2026, 1, 10), seats=5)
		changes.add_line(self.order, changes.NewLine(agent=other), at=utc(2026, 1, 20))
		(name,) = self.make(utc(2026, 2, 1))
		rows = frappe.get_doc("Sales Order", name).items
		self.assertEqual([(row.ai_agent, row.qty) for row in rows], [(self.agent, 5.0), (other, 1.0)])

	def test_a_pause_makes_none_and_a_resumption_makes_one_for_the_rest(self) -> None:
		self.make(utc(2026, 1, 1))
		actions.pause(self.order, at=utc(2026, 1, 11))
		self.assertEqual(self.make(utc(2026, 3, 5)), [])
		actions.resume(self.order, at=utc(2026, 3, 10))
		self.assertEqual(len(self.make(utc(2026, 4, 1))), 2)
		self.assertEqual(self.periods()[1:], [("2026-03-10", "2026-04-01"), ("2026-04-01", "2026-05-01")])

	def test_an_ended_order_makes_those_of_its_service_and_a_cancelled_one_none(self) -> None:
		actions.end(self.order, at=utc(2026, 2, 10))
		self.assertEqual(len(self.make(utc(2026, 6, 1))), 2)
		self.assertEqual(self.periods(), [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-02-11")])
		self.assertEqual(frappe.db.get_value("Billing Order", self.order, "next_service_ms"), 0)
		order = self.new_order()
		actions.cancel(order, at=utc(2026, 1, 2))
		self.assertEqual(self.make(utc(2026, 6, 1), order), [])

	def test_a_month_without_an_agent_needs_no_sales_order(self) -> None:
		changes.add_line(self.order, changes.NewLine(agent=make_agent(PLATFORM)), at=utc(2026, 3, 1))
		changes.remove_line(self.order, "L1", at=utc(2026, 2, 1))
		self.assertEqual(len(self.make(utc(2026, 3, 1))), 2)
		self.assertEqual(len(self.periods()), 3)

	def test_an_order_without_the_setting_makes_none(self) -> None:
		order = self.new_order(makes_service_orders=0)
		self.assertEqual((self.make(utc(2026, 4, 1), order), self.periods(order)), ([], []))

	def test_a_cancelled_sales_order_is_not_made_again(self) -> None:
		(name,) = self.make(utc(2026, 1, 1))
		frappe.get_doc("Sales Order", name).cancel()
		self.assertEqual(self.make(utc(2026, 1, 20)), [])

	def test_the_run_and_the_scheduler_make_them(self) -> None:
		frappe.db.commit()
		bill_all(utc(2026, 1, 1))
		self.assertEqual(len(self.sales_orders()), 1)
		queued = []
		with (
			patch.object(clock, "now", return_value=utc(2026, 2, 1)),
			patch.object(frappe, "enqueue", side_effect=lambda method, **values: queued.append(method)),
		):
			bill_what_is_due()
			self.assertIn("paygent_billing.services.billing.scheduler.service_orders_job", queued)
			service_orders_job()
		self.assertEqual(len(self.sales_orders()), 2)

	def test_what_keeps_one_from_being_made_stands_on_the_order_and_stops_no_other(self) -> None:
		poisoned, item = make_agent(PLATFORM), None
		item = frappe.db.get_value("AI Agent", poisoned, "item")
		bad = self.new_order(agent=poisoned)
		frappe.db.set_value("Item", item, "disabled", 1)
		frappe.clear_document_cache("Item", item)
		frappe.db.commit()
		make_all_service_orders(utc(2026, 1, 1))
		self.assertIn("disabled", frappe.db.get_value("Billing Order", bad, "service_order_error"))
		self.assertEqual((self.periods(bad), len(self.periods())), ([], 1))
		frappe.db.set_value("Item", item, "disabled", 0)
		frappe.clear_document_cache("Item", item)
		frappe.db.commit()
		make_all_service_orders(utc(2026, 1, 1))
		self.assertEqual(len(self.periods(bad)), 1)
		self.assertEqual(frappe.db.get_value("Billing Order", bad, "service_order_error"), None)

	def test_nobody_calls_a_sales_order_a_service_order_by_hand(self) -> None:
		(name,) = self.make(utc(2026, 1, 1))
		copy = frappe.copy_doc(frappe.get_doc("Sales Order", name))
		self.assertEqual(copy.billing_order, self.order)
		with self.assert_refused("Billing Order is written by the billing itself"):
			copy.insert()


class TestFailedPayments(ServiceOrderCase):
	def setUp(self) -> None:
		super().setUp()
		bill(self.order, utc(2026, 1, 1))
		self.make(utc(2026, 1, 1))
		self.invoice = invoices_of(self.order)[0].name

	def fail(self, reason: str = "Card <b>declined</b>") -> None:
		payment_failed(self.invoice, reason, on=day("2026-02-01"))
		frappe.db.commit()

	def test_a_failed_payment_holds_back_the_customers_service_orders_and_says_so(self) -> None:
		other = self.new_order(start_date="2026-02-01")
		self.fail()
		for order in (self.order, other):
			self.assertNotIn(order, due_service_orders(utc(2026, 2, 5)))
			self.assertEqual(self.make(utc(2026, 2, 5), order), [])
		self.assertEqual(
			service_orders_of(self.order, moment=utc(2026, 2, 5)),
			{
				"order": self.order,
				"missed": [{"from": "2026-02-01", "to": "2026-02-28"}],
				"failed_payments": [
					{"invoice": self.invoice, "failed_on": "2026-02-01", "reason": "Card <b>declined</b>"}
				],
				"error": None,
			},
		)
		self.assertIn(self.new_order(customer=make_customer()), due_service_orders(utc(2026, 2, 5)))

	def test_the_failure_is_an_event_with_what_is_due(self) -> None:
		self.fail("Insufficient funds")
		filters = {"sales_invoice": self.invoice, "event": "payment.failed"}
		event = frappe.get_doc("Billing Event", filters)
		self.assertEqual(
			(event.amount, str(event.happened_on), frappe.parse_json(event.details)),
			(129.0, "2026-02-01", {"reason": "Insufficient funds"}),
		)

	def test_once_it_is_paid_void_or_written_off_the_missed_ones_are_made(self) -> None:
		for resolve in (
			lambda: mark_as_paid(self.invoice, on=day("2026-04-02")),
			lambda: void_invoice(self.invoice, reason="Mistake"),
			lambda: mark_uncollectible(self.invoice, on=day("2026-04-02"), reason="Insolvent"),
		):
			self.setUp()
			self.fail()
			self.assertEqual(self.make(utc(2026, 4, 2)), [])
			resolve()
			frappe.db.commit()
			self.assertEqual(failed_payments(self.customer), [])
			self.assertIn(self.order, due_service_orders(utc(2026, 4, 2)))
			self.assertEqual(len(self.make(utc(2026, 4, 2))), 3)
			starts = [start for start, _end in self.periods()]
			self.assertEqual(starts, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"])

	def test_a_late_failure_of_a_paid_invoice_is_refused_and_changes_nothing(self) -> None:
		"""F19"""
		mark_as_paid(self.invoice, on=day("2026-01-02"))
		frappe.db.commit()
		with self.assert_refused("is paid"):
			self.fail()
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", self.invoice, ["billing_status", "payment_failed_on"]),
			("paid", None),
		)

	def test_a_failure_needs_a_reason_a_past_day_and_the_right_to_take_payments(self) -> None:
		with self.assert_refused("Say why the payment failed"):
			self.fail(" ")
		with self.assert_refused("2999-01-01 has not come yet"):
			payment_failed(self.invoice, "Declined", on=day("2999-01-01"))
		frappe.set_user("Guest")
		with self.assert_refused("", frappe.PermissionError):
			self.fail()
		frappe.set_user("Administrator")
		self.assertEqual(failed_payments(self.customer), [])

	def test_a_failure_is_not_written_by_hand(self) -> None:
		invoice = frappe.new_doc("Sales Invoice")
		invoice.update({"customer": self.customer, "payment_failed_on": "2026-02-01"})
		invoice.append("items", {"item_code": frappe.db.get_value("AI Agent", self.agent, "item"), "qty": 1})
		with self.assert_refused("Payment failed on is written by the billing itself"):
			invoice.insert()

	def test_who_may_not_read_the_order_does_not_read_how_it_stands(self) -> None:
		frappe.set_user("Guest")
		with self.assert_refused("", frappe.PermissionError):
			api.service_orders(self.order)


class TestServiceOrderRaces(ServiceOrderCase):
	MOMENT = "2026-04-10T12:00:00+00:00"

	def setUp(self) -> None:
		super().setUp()
		self.orders = [self.order, *(self.new_order() for _number in range(4))]

	def test_two_processes_at_once_make_each_order_once_after_three_months(self) -> None:
		Makers(self.orders, self.MOMENT, count=2).start().wait()
		for order in self.orders:
			starts = [start for start, _end in self.periods(order)]
			self.assertEqual(starts, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"])
			self.assertEqual(len(self.sales_orders(order)), 4)
			self.assertEqual(frappe.db.get_value("Billing Order", order, "service_order_error"), None)

	def test_without_the_unique_key_the_same_race_makes_some_twice(self) -> None:
		frappe.db.commit()
		frappe.db.sql_ddl(f"alter table `tabService Order Period` drop index `{UNIQUE_KEY}`")
		try:
			Makers(self.orders, self.MOMENT, count=2).start().wait()
			frappe.db.rollback()
			self.assertGreater(frappe.db.count("Sales Order", {"billing_order": ["in", self.orders]}), 20)
		finally:
			frappe.db.delete("Service Order Period", {"billing_order": ["in", self.orders]})
			frappe.db.commit()
			on_doctype_update()
