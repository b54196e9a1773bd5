"""Usage that is amended or taken back, before and after it is billed."""

from __future__ import annotations

import frappe

from paygent_billing.services.usage import correct
from paygent_billing.services.usage.days import rebuild_days
from paygent_billing.services.usage.results import Refusal
from paygent_billing.setup.usage_versions import execute
from paygent_billing.tests.factories import bill, invoices_of
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import Sender, make_sender, send, statuses


class TestCorrections(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()
		send(self.sender.event(id="a", quantity=5), self.sender.event(id="b", quantity=2))

	def amounts(self, sender: Sender | None = None) -> list[list[tuple[float, float]]]:
		return [
			[(row.billed_quantity, row.amount) for row in invoice.items]
			for invoice in invoices_of((sender or self.sender).order)
		]

	def amend(self, **values: object) -> str:
		return self._correct(correct.amend, **values)

	def void(self, **values: object) -> str:
		return self._correct(correct.void, **values)

	def _correct(self, work, **values: object) -> str:
		status = work({"customer": self.sender.customer, "id": "a", **values}).status.value
		frappe.db.commit()
		return status

	def test_before_billing_the_newest_version_is_billed_and_the_old_ones_are_kept(self) -> None:
		self.assertEqual(self.amend(quantity=7), "accepted")
		self.assertEqual(self.amend(quantity=7), "duplicate")
		self.assertEqual(self.amend(quantity="3.5"), "accepted")
		self.assertEqual(self.sender.days(), [("2026-01-10", 5.5, 2)])
		versions = [
			(row.quantity, row.sequence, row.standing) for row in self.sender.rows() if row.event_id == "a"
		]
		self.assertEqual(versions, [(5, 0, 0), (7, 1, 0), (3.5, 2, 1)])
		bill(self.sender.order, utc(2026, 2, 1))
		bill(self.sender.order, utc(2026, 3, 1))
		self.assertEqual(self.amounts(), [[(5.5, 5.5)]])

	def test_before_billing_a_void_event_is_not_billed(self) -> None:
		self.assertEqual(self.void(), "accepted")
		self.assertEqual(self.void(), "duplicate")
		self.assertEqual(self.sender.days(), [("2026-01-10", 2, 1)])
		bill(self.sender.order, utc(2026, 2, 1))
		bill(self.sender.order, utc(2026, 3, 1))
		self.assertEqual(self.amounts(), [[(2, 2)]])

	def test_after_billing_a_larger_quantity_is_billed_with_the_next_invoice(self) -> None:
		bill(self.sender.order, utc(2026, 2, 1))
		self.amend(quantity=9)
		bill(self.sender.order, utc(2026, 3, 1))
		bill(self.sender.order, utc(2026, 4, 1))
		self.assertEqual(self.amounts(), [[(7, 7)], [(4, 4)]])

	def test_after_billing_a_smaller_quantity_is_taken_off_the_next_invoice(self) -> None:
		bill(self.sender.order, utc(2026, 2, 1))
		self.amend(quantity=4)
		send(self.sender.event(quantity=10, occurred_at="2026-02-10T00:00:00Z"), now=utc(2026, 2, 11))
		bill(self.sender.order, utc(2026, 3, 1))
		self.assertEqual(self.amounts(), [[(7, 7)], [(10, 10), (-1, -1)]])

	def test_after_billing_a_void_event_comes_back_once(self) -> None:
		bill(self.sender.order, utc(2026, 2, 1))
		self.void()
		send(self.sender.event(quantity=10, occurred_at="2026-02-10T00:00:00Z"), now=utc(2026, 2, 11))
		bill(self.sender.order, utc(2026, 3, 1))
		send(self.sender.event(quantity=10, occurred_at="2026-03-10T00:00:00Z"), now=utc(2026, 3, 11))
		bill(self.sender.order, utc(2026, 4, 1))
		self.assertEqual(self.amounts(), [[(7, 7)], [(10, 10), (-5, -5)], [(10, 10)]])

	def test_amended_after_billing_and_taken_back_before_the_next_comes_back_as_billed(self) -> None:
		bill(self.sender.order, utc(2026, 2, 1))
		self.amend(quantity=50)
		self.void()
		send(self.sender.event(quantity=10, occurred_at="2026-02-10T00:00:00Z"), now=utc(2026, 2, 11))
		bill(self.sender.order, utc(2026, 3, 1))
		self.assertEqual(self.amounts(), [[(7, 7)], [(10, 10), (-5, -5)]])

	def test_each_aggregation_forgets_the_old_version(self) -> None:
		for aggregation, before, after in [
			("Count", 2, 1),
			("Max", 5, 2),
			("Last", 5, 2),
			("Unique", 2, 1),
		]:
			sender = make_sender(aggregation)
			first = sender.event(
				id="a", quantity=5, properties={"user": "x"}, occurred_at="2026-01-12T00:00:00Z"
			)
			send(first, sender.event(id="b", quantity=2, properties={"user": "y"}))
			bill(sender.order, utc(2026, 2, 1))
			correct.void({"customer": sender.customer, "id": "a"})
			bill(sender.order, utc(2026, 3, 1))
			frappe.db.rollback()
			with self.subTest(aggregation):
				quantities = [row[0] for row in self.amounts(sender)[0]]
				self.assertEqual(quantities, [before])
				pending = frappe.get_all(
					"Pending Charge", {"billing_order": sender.order}, pluck="amount", order_by="creation asc"
				)
				self.assertEqual(pending, [after - before])

	def test_the_original_sent_again_is_a_duplicate_after_a_correction(self) -> None:
		self.amend(quantity=7)
		self.assertEqual(statuses(send(self.sender.event(id="a", quantity=5))), [("duplicate", None)])
		self.assertEqual(statuses(send(self.sender.event(id="a", quantity=7))), [("conflict", "conflict")])

	def test_the_roll_up_counted_anew_knows_the_corrections(self) -> None:
		self.amend(quantity=7)
		self.void(id="b")
		before = self.sender.days()
		rebuild_days()
		self.assertEqual(self.sender.days(), before)
		self.assertEqual(before, [("2026-01-10", 7, 1)])

	def test_what_cannot_be_corrected_is_refused_and_nothing_changes(self) -> None:
		self.void(id="b")
		before = self.sender.rows()
		for work, item, code in [
			(correct.amend, {"id": "none", "quantity": 1}, "unknown_event"),
			(correct.void, {"id": "none"}, "unknown_event"),
			(correct.void, {"id": "a", "customer": "Nobody"}, "unknown_event"),
			(correct.amend, {"id": "b", "quantity": 1}, "void"),
			(correct.amend, {"id": "a"}, "invalid"),
			(correct.amend, {"id": "a", "quantity": -1}, "invalid"),
			(correct.amend, {"id": "a", "quantity": "NaN"}, "invalid"),
			(correct.amend, {"id": "a", "occurred_at": "2026-01-01T00:00:00Z", "quantity": 1}, "invalid"),
		]:
			with self.subTest(item=item), self.assertRaises(Refusal) as caught:
				work({"customer": self.sender.customer, **item})
			self.assertEqual(caught.exception.code, code)
		self.assertEqual(self.sender.rows(), before)


class TestOlderUsage(SiteTestCase):
	def test_older_usage_gets_its_day_standing_and_hash(self) -> None:
		sender = make_sender()
		event = sender.event(id="a", quantity="0.5", properties={"b": "x", "a": 1})
		send(event, sender.event(id="b"))
		days = sender.days()
		older = "content_hash = null, usage_day = null, standing = 1"
		frappe.db.sql(f"update `tabUsage Event` set {older} where customer = %s", (sender.customer,))
		frappe.db.sql(
			"update `tabUsage Event` set properties = %s,"
			" refused_because = if(event_id = 'b', 'used up', null) where customer = %s",
			('{"b": "x", "a": 1}', sender.customer),
		)
		execute()
		self.assertEqual([(row.event_id, row.standing) for row in sender.rows()], [("a", 1), ("b", 0)])
		self.assertEqual(statuses(send(event)), [("duplicate", None)])
		self.assertEqual((days, sender.days()), ([("2026-01-10", 1.5, 2)], [("2026-01-10", 0.5, 1)]))
