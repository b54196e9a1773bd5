"""Several processes that send the same usage, killed processes, and corrections beside a billing."""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

import frappe

from paygent_billing.services.usage.days import rebuild_days
from paygent_billing.tests.billers import Billers
from paygent_billing.tests.factories import bill, invoices_of
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import NOW, make_sender, send
from paygent_billing.tests.usage_writers import UsageWriters


class TestUsageRaces(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()
		self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

	def plans(self, *, writers: int, events: int, size: int) -> list[Path]:
		"""Each writer sends all numbers, in an order of its own: every event comes from all of them."""
		chance, paths = random.Random(7), []
		event = self.sender.event(quantity="0.1")
		for number in range(writers):
			numbers = list(range(events))
			chance.shuffle(numbers)
			path = self.folder / f"{number}.json"
			path.write_text(
				json.dumps({"now": NOW.isoformat(), "size": size, "event": event, "numbers": numbers})
			)
			paths.append(path)
		return paths

	def assert_counted_once(self, events: int) -> None:
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Usage Event", {"customer": self.sender.customer}), events)
		days = self.sender.days()
		self.assertEqual(days, [("2026-01-10", events / 10, events)])
		rebuild_days()
		self.assertEqual(self.sender.days(), days)

	def test_four_writers_of_the_same_events_count_each_once(self) -> None:
		codes = UsageWriters(self.plans(writers=4, events=600, size=100)).start().wait()
		self.assertEqual(codes, [0] * 4)
		self.assert_counted_once(600)

	def test_killed_and_started_again_they_count_each_once(self) -> None:
		writers = UsageWriters(self.plans(writers=4, events=1500, size=50))
		for delay in (1.2, 1.4, 1.6):
			writers.start()
			time.sleep(delay)
			writers.kill()
		self.assertEqual(writers.start().wait(), [0] * 4)
		self.assert_counted_once(1500)

	def test_a_batch_that_was_killed_before_its_commit_leaves_nothing(self) -> None:
		from paygent_billing.services.usage.batch import record_batch

		record_batch([self.sender.event() for _number in range(100)], NOW)
		frappe.db.rollback()
		self.assertEqual((self.sender.rows(), self.sender.days()), ([], []))

	def test_usage_that_comes_while_the_period_is_billed_is_billed_once(self) -> None:
		send(*(self.sender.event() for _number in range(50)))
		plans = self.plans(writers=2, events=1000, size=20)
		writers = UsageWriters(plans).start()
		time.sleep(1.2)
		Billers([self.sender.order], "2026-02-01T12:00:00+00:00", count=1).start().wait()
		self.assertEqual(writers.wait(), [0, 0])
		frappe.db.rollback()
		bill(self.sender.order, utc(2026, 3, 1))
		total = sum(
			row.billed_quantity for invoice in invoices_of(self.sender.order) for row in invoice.items
		)
		self.assertEqual(round(total, 6), 150.0)
		unbilled = {"customer": self.sender.customer, "billing_period": ["is", "not set"]}
		self.assertEqual(frappe.db.count("Usage Event", unbilled), 0)

	def test_corrections_beside_a_billing_are_billed_exactly(self) -> None:
		from paygent_billing.services.billing.retry import with_retry
		from paygent_billing.services.usage import correct

		send(*(self.sender.event(id=f"c-{number}", quantity=5) for number in range(60)))
		done = threading.Event()
		biller = Billers([self.sender.order], "2026-02-01T12:00:00+00:00", count=1)
		threading.Thread(target=lambda: (biller.start().wait(), done.set())).start()
		number = 0
		while number < 60:
			item = {"customer": self.sender.customer, "id": f"c-{number}"}
			with_retry(partial(correct.amend, {**item, "quantity": 2}))
			frappe.db.commit()
			time.sleep(0.02)
			number += 1
		done.wait(60)
		bill(self.sender.order, utc(2026, 3, 1))
		invoices = invoices_of(self.sender.order)
		pending = frappe.get_all("Pending Charge", {"billing_order": self.sender.order}, pluck="amount")
		billed = sum(row.amount for invoice in invoices for row in invoice.items)
		self.assertEqual(billed + sum(pending), 120.0)
