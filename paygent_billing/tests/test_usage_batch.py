"""Many events at once: each is taken or not by itself, and once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.usage import quarantine
from paygent_billing.services.usage.days import rebuild_days
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	bill,
	invoices_of,
	make_agent,
	make_order,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import NOW, iso, make_sender, send, statuses

ACCEPTED, DUPLICATE, CONFLICT = ("accepted", None), ("duplicate", None), ("conflict", "conflict")


class TestRecordBatch(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()

	def test_a_mixed_batch_stores_the_good_ones_once_and_says_what_came_of_each(self) -> None:
		event = self.sender.event
		first = event(id="one")
		results = send(
			first,
			event(id="two", quantity="2.5"),
			event(id="two", quantity="2.50"),
			event(id="two", quantity=3),
			event(id="three", quantity=-1),
			"not an event",
			event(customer="Nobody"),
			event(id="five", occurred_at=iso(NOW, hours=2)),
		)
		self.assertEqual(
			statuses(results),
			[
				ACCEPTED,
				ACCEPTED,
				DUPLICATE,
				CONFLICT,
				("refused", "invalid"),
				("refused", "invalid"),
				("quarantined", "unknown_customer"),
				("quarantined", "in_the_future"),
			],
		)
		self.assertEqual([result.index for result in results], list(range(8)))
		self.assertEqual(
			[(row.event_id, row.quantity) for row in self.sender.rows()], [("one", 1), ("two", 2.5)]
		)
		self.assertEqual(self.sender.days(), [("2026-01-10", 3.5, 2)])

	def test_sending_again_changes_nothing_and_other_content_is_a_conflict(self) -> None:
		events = [self.sender.event(id=f"e{number}") for number in range(20)]
		self.assertEqual(set(statuses(send(*events))), {ACCEPTED})
		self.assertEqual(set(statuses(send(*events))), {DUPLICATE})
		self.assertEqual(statuses(send({**events[3], "quantity": 2})), [CONFLICT])
		self.assertEqual(statuses(send({**events[3], "properties": {"user": "a"}})), [CONFLICT])
		self.assertEqual(len(self.sender.rows()), 20)
		self.assertEqual(self.sender.days(), [("2026-01-10", 20, 20)])

	def test_ids_that_differ_by_case_or_accent_are_different_events(self) -> None:
		events = [self.sender.event(id=name) for name in ("run-a", "run-A", "run-á", "rün 😀")]
		self.assertEqual(statuses(send(*events)), [ACCEPTED] * 4)
		self.assertEqual(statuses(send(*events)), [DUPLICATE] * 4)

	def test_a_customer_may_be_named_by_its_external_id(self) -> None:
		external = frappe.generate_hash(length=8)
		frappe.db.set_value("Customer", self.sender.customer, "external_id", external)
		event = self.sender.event(customer=external)
		self.assertEqual(statuses(send(event)), [ACCEPTED])
		self.assertEqual(statuses(send({**event, "customer": self.sender.customer})), [DUPLICATE])

	def test_an_event_from_the_desk_and_one_from_a_program_are_the_same(self) -> None:
		row = record_usage(self.sender.order, 2, "2026-01-10T12:00:00Z", properties='{"b": 1, "a": "x"}')
		event = self.sender.event(id=row.event_id, quantity=2, properties={"a": "x", "b": 1})
		self.assertEqual(statuses(send(event)), [DUPLICATE])
		self.assertEqual(self.sender.days(), [("2026-01-10", 2, 1)])

	def test_a_batch_is_billed_to_the_exact_sum(self) -> None:
		send(*(self.sender.event(quantity="0.1") for _number in range(1000)))
		bill(self.sender.order, utc(2026, 2, 1))
		invoice = invoices_of(self.sender.order)[0]
		self.assertEqual((invoice.items[0].billed_quantity, invoice.grand_total), (100.0, 100.0))

	def test_the_day_is_the_one_in_the_orders_zone(self) -> None:
		frappe.db.set_value("Billing Order", self.sender.order, "time_zone", "Asia/Tokyo")
		send(self.sender.event(occurred_at="2026-01-10T15:30:00Z"))
		self.assertEqual(self.sender.days(), [("2026-01-11", 1, 1)])

	def test_the_roll_up_counted_anew_is_the_same(self) -> None:
		send(*(self.sender.event(occurred_at=f"2026-01-1{number}T00:00:00Z") for number in range(5)))
		before = self.sender.days()
		names = frappe.get_all(
			"Usage Day", {"customer": self.sender.customer}, pluck="name", order_by="name asc"
		)
		frappe.db.sql("update `tabUsage Day` set quantity = 7 where customer = %s", (self.sender.customer,))
		rebuild_days()
		self.assertEqual(self.sender.days(), before)
		again = frappe.get_all(
			"Usage Day", {"customer": self.sender.customer}, pluck="name", order_by="name asc"
		)
		self.assertEqual(again, names)

	def test_nothing_comes_of_nothing(self) -> None:
		self.assertEqual(send(), [])

	def test_more_than_the_limit_is_refused_whole(self) -> None:
		from paygent_billing.services.usage.results import Refusal

		with self.assertRaisesRegex(Refusal, "at most 5000"):
			send(*[self.sender.event()] * 5001)


class TestOverage(SiteTestCase):
	def test_a_batch_stops_at_the_credits_of_a_line_that_blocks(self) -> None:
		sender = make_sender(overage="Block")
		grant_credits(NewCredits(sender.customer, "USD", Decimal(10)), reason="Welcome", on=date(2026, 1, 1))
		events = [sender.event(quantity=quantity) for quantity in (6, 5, 4, 1)]
		expected = [ACCEPTED, ("refused", "credits_used_up"), ACCEPTED, ("refused", "credits_used_up")]
		self.assertEqual(statuses(send(*events)), expected)
		expected = [DUPLICATE, ("refused", "credits_used_up"), DUPLICATE, ("refused", "credits_used_up")]
		self.assertEqual(statuses(send(*events)), expected)
		self.assertEqual(sender.days(), [("2026-01-10", 10, 2)])


class TestQuarantine(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()

	def test_what_cannot_be_counted_waits_with_its_reason_and_is_in_no_sum(self) -> None:
		event, other = self.sender.event, make_sender()
		draft = make_order({"agent": self.sender.agent}, customer=self.sender.customer).name
		table = [
			({"customer": "Nobody"}, "unknown_customer"),
			({"agent": "No Agent"}, "unknown_agent"),
			({"metric": "none"}, "unknown_metric"),
			({"occurred_at": "2024-01-01T00:00:00Z"}, "too_old"),
			({"occurred_at": iso(NOW, minutes=61)}, "in_the_future"),
			({"order": "ORD-none"}, "unknown_order"),
			({"order": other.order}, "unknown_order"),
			({"order": draft}, "inactive_order"),
			({"agent": other.agent}, "inactive_order"),
		]
		results = send(*(event(**values) for values, _code in table))
		self.assertEqual(statuses(results), [("quarantined", code) for _values, code in table])
		self.assertEqual(self.sender.rows(), [])
		self.assertEqual(self.sender.days(), [])
		self.assertEqual(quarantine.count_waiting(self.sender.customer)["unknown_order"], 2)

	def test_mended_and_resubmitted_it_counts_once(self) -> None:
		metric = f"m-{frappe.generate_hash(length=6)}"
		event = self.sender.event(metric=metric, properties={"a": 1.5})
		self.assertEqual(statuses(send(event)), [("quarantined", "unknown_metric")])
		self.assertEqual(statuses(send(event)), [("quarantined", "unknown_metric")])
		self.assertEqual(statuses(send({**event, "quantity": 9})), [CONFLICT])
		name = frappe.db.get_value("Quarantined Usage", {"event_id": event["id"]})
		self.assertEqual(statuses(quarantine.resubmit([name], NOW)), [("quarantined", "unknown_metric")])
		frappe.get_doc({"doctype": "Usage Metric", "metric_code": metric, "aggregation": "Sum"}).insert()
		self.assertEqual(statuses(quarantine.resubmit([name], NOW)), [ACCEPTED])
		self.assertEqual(frappe.db.get_value("Quarantined Usage", name, "state"), "Recorded")
		self.assertEqual(quarantine.resubmit([name], NOW), [])
		self.assertEqual(statuses(send(event)), [DUPLICATE])
		self.assertEqual([row.event_id for row in self.sender.rows()], [event["id"]])

	def test_sent_again_after_mending_it_waits_no_more(self) -> None:
		customer = f"C-{frappe.generate_hash(length=6)}"
		event = self.sender.event(customer=customer)
		send(event)
		frappe.db.set_value("Customer", self.sender.customer, "external_id", customer)
		self.assertEqual(statuses(send(event)), [ACCEPTED])
		state = frappe.db.get_value("Quarantined Usage", {"event_id": event["id"]}, "state")
		self.assertEqual(state, "Recorded")

	def test_recorded_usage_sent_again_after_the_order_ended_is_a_duplicate(self) -> None:
		event = self.sender.event()
		send(event)
		frappe.db.set_value("Billing Order", self.sender.order, "status", "Ended")
		self.assertEqual(statuses(send(event)), [DUPLICATE])
		self.assertEqual(statuses(send(self.sender.event())), [("quarantined", "inactive_order")])

	def test_nobody_writes_into_the_quarantine_by_hand(self) -> None:
		event = self.sender.event(customer="Nobody")
		send(event)
		row = frappe.get_doc("Quarantined Usage", {"event_id": event["id"]})
		row.state = "Recorded"
		with self.assert_refused("cannot be added or changed by hand"):
			row.save()
		with self.assert_refused("cannot be deleted"):
			row.delete()


class TestOtherMetrics(SiteTestCase):
	def test_last_may_be_negative_and_others_may_not(self) -> None:
		last, count = make_sender("Last"), make_sender("Count")
		self.assertEqual(statuses(send(last.event(quantity=-2))), [ACCEPTED])
		self.assertEqual(statuses(send(count.event(quantity=-2))), [("refused", "invalid")])

	def test_an_agent_on_no_order_of_the_customer_waits(self) -> None:
		sender = make_sender()
		agent = make_agent(usage_charge(sender.metric, 1))
		self.assertEqual(statuses(send(sender.event(agent=agent))), [("quarantined", "inactive_order")])
