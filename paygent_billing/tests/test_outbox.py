"""Events at a real HTTP server: each once, in order, signed, and none lost to a server that is down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from unittest import mock

import frappe
from frappe.utils import add_to_date, now_datetime

from paygent_billing.api.events import redeliver
from paygent_billing.paygent_billing.doctype.event_delivery.event_delivery import EventDelivery
from paygent_billing.services.events import Subject, record
from paygent_billing.services.outbox import deliver, post
from paygent_billing.services.outbox.deliver import BACKOFF, MOST_FAILURES, deliver_pending, pending_is_due
from paygent_billing.setup.uninstall import _remove_webhooks
from paygent_billing.tests.factories import bill, invoices_of, make_active_order, make_customer
from paygent_billing.tests.mail_server import wait_for
from paygent_billing.tests.site_case import SiteTestCase, day, utc
from paygent_billing.tests.subscriber import SlowServer, Subscriber, make_webhook

PROGRAM = """
import sys
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
from paygent_billing.services.outbox.deliver import deliver_pending
deliver_pending()
"""


class OutboxCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Webhook", {"webhook_doctype": "Billing Event"}, "enabled", 0)
		frappe.db.set_value("Event Delivery", {"state": "Pending"}, "state", "Skipped")
		self.customer = make_customer()
		self.subscriber = self.enterContext(Subscriber()) if hasattr(self, "enterContext") else self._enter()
		self.webhook = make_webhook(self.subscriber.url)
		frappe.db.commit()

	def _enter(self) -> Subscriber:
		subscriber = Subscriber().__enter__()
		self.addCleanup(subscriber.__exit__)
		return subscriber

	def record(self, event: str, customer: str | None = None, **details: object) -> str:
		subject = Subject(customer or self.customer, "USD")
		name = record(event, subject, happened_on=day("2026-01-05"), amount=Decimal("12.5"), **details)
		frappe.db.commit()
		return name

	def row(self, event: str) -> frappe._dict:
		filters = {"billing_event": event, "webhook": self.webhook}
		return frappe.get_doc("Event Delivery", filters).as_dict()

	def let_time_pass(self) -> None:
		"""Until every next try is due."""
		past = add_to_date(now_datetime(), seconds=-1)
		frappe.db.set_value("Event Delivery", {"state": "Pending"}, "next_try", past)
		frappe.db.commit()


class TestOutbox(OutboxCase):
	def test_an_event_arrives_once_and_says_what_happened(self) -> None:
		name = self.record("credits.granted", credits="25", reason="Welcome <b>you</b>")
		self.assertEqual(deliver_pending(), {"delivered": 1, "failed": 0})
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 0})
		(event,) = self.subscriber.events
		self.assertRegex(event.pop("created"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
		self.assertEqual(
			event,
			{
				"id": name,
				"type": "credits.granted",
				"data": {
					"date": "2026-01-05",
					"customer": self.customer,
					"order": None,
					"invoice": None,
					"currency": "USD",
					"amount": "12.50",
					"details": {"credits": "25", "reason": "Welcome <b>you</b>"},
				},
			},
		)
		row = self.row(name)
		self.assertEqual(
			(row.state, row.attempts, row.last_status, row.last_answer), ("Delivered", 1, 200, "ok")
		)

	def test_its_signature_proves_who_sent_it(self) -> None:
		name = self.record("invoice.paid")
		deliver_pending()
		headers, body = self.subscriber.requests[0]
		seconds, signed = (part.split("=", 1)[1] for part in headers["X-Paygent-Signature"].split(","))
		expected = hmac.new(b"shared secret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
		self.assertEqual(signed, expected)
		self.assertLess(abs(time.time() - int(seconds)), 60)
		plain = base64.b64encode(hmac.new(b"shared secret", body, hashlib.sha256).digest()).decode()
		self.assertEqual(headers["X-Frappe-Webhook-Signature"], plain)
		self.assertEqual(headers["X-Paygent-Event-Id"], name)
		self.assertEqual(headers["Content-Type"], "application/json")

	def test_a_billed_order_tells_of_its_invoice_and_frappe_s_own_webhooks_send_nothing_more(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		bill(order, utc(2026, 1, 1))
		invoice = invoices_of(order)[0].name
		deliver_pending()
		issued = [event for event in self.subscriber.events if event["type"] == "invoice.issued"]
		told = [
			(event["data"]["order"], event["data"]["invoice"], event["data"]["amount"]) for event in issued
		]
		self.assertEqual(told, [(order, invoice, "99.00")])
		self.assertFalse(frappe.db.exists("Webhook Request Log", {"webhook": self.webhook}))

	def test_an_amount_has_the_decimals_of_its_currency_and_loses_none(self) -> None:
		for currency, amount in (("USD", "99.00"), ("JPY", "2700"), ("KWD", "1.005"), ("USD", "0.125")):
			subject = Subject(self.customer, currency)
			record("credits.granted", subject, happened_on=day("2026-01-05"), amount=Decimal(amount))
		frappe.db.commit()
		deliver_pending()
		told = [event["data"]["amount"] for event in self.subscriber.events]
		self.assertEqual(told, ["99.00", "2700", "1.005", "0.125"])

	def test_what_is_rolled_back_is_never_told(self) -> None:
		record("invoice.paid", Subject(self.customer, "USD"), happened_on=day("2026-01-05"))
		frappe.db.rollback()
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 0})
		self.assertEqual(self.subscriber.requests, [])

	def test_each_subscriber_gets_it_and_only_what_its_condition_wants(self) -> None:
		second = make_webhook(self.subscriber.url, condition="(doc.event or '').startswith('credits.')")
		names = [self.record("invoice.paid"), self.record("credits.granted")]
		deliver_pending()
		self.assertEqual(sorted(event["id"] for event in self.subscriber.events), sorted([*names, names[1]]))
		skipped = frappe.get_doc("Event Delivery", {"billing_event": names[0], "webhook": second})
		self.assertEqual(
			(skipped.state, skipped.last_answer), ("Skipped", "The Webhook's condition does not hold.")
		)

	def test_a_webhook_that_is_wrong_itself_does_not_keep_the_others_waiting(self) -> None:
		wrong = make_webhook(self.subscriber.url, condition="doc.event and doc.details['nothing']")
		name = self.record("invoice.paid")
		self.assertEqual(deliver_pending(), {"delivered": 1, "failed": 1})
		row = frappe.get_doc("Event Delivery", {"billing_event": name, "webhook": wrong})
		self.assertEqual((row.state, row.last_status), ("Pending", 0))
		self.assertIn("Error", row.last_answer)


class TestABadDay(OutboxCase):
	def test_a_server_that_is_down_gets_everything_in_order_once_it_is_back(self) -> None:
		with socket.socket() as found:
			found.bind(("127.0.0.1", 0))
			nobody = f"http://127.0.0.1:{found.getsockname()[1]}/"
		frappe.db.set_value("Webhook", self.webhook, "request_url", nobody)
		names = [self.record("invoice.issued"), self.record("invoice.past_due"), self.record("invoice.paid")]
		for _attempt in range(3):
			self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 1})
			self.let_time_pass()
		self.assertEqual([self.row(name).attempts for name in names], [3, 0, 0])
		frappe.db.set_value("Webhook", self.webhook, "request_url", self.subscriber.url)
		frappe.db.commit()
		self.assertEqual(deliver_pending(), {"delivered": 3, "failed": 0})
		self.assertEqual([event["id"] for event in self.subscriber.events], names)

	def test_a_failure_is_tried_again_after_a_growing_while_and_given_up_at_last(self) -> None:
		self.subscriber.status, self.subscriber.answer = 500, b"broken " * 1000
		name = self.record("invoice.paid")
		for attempt, minutes in enumerate(BACKOFF, start=1):
			deliver_pending()
			row = self.row(name)
			self.assertEqual((row.attempts, row.last_status), (attempt, 500))
			self.assertEqual(len(row.last_answer), 500)
			if attempt < len(BACKOFF):
				wait = (row.next_try - now_datetime()).total_seconds()
				self.assertAlmostEqual(wait, minutes * 60, delta=10)
			deliver_pending()  # not before its time
			self.assertEqual(len(self.subscriber.requests), attempt)
			self.let_time_pass()
		self.assertEqual((self.row(name).state, self.row(name).next_try), ("Failed", None))
		self.assertFalse(pending_is_due())

	def test_what_was_given_up_is_sent_again_on_demand_under_the_same_id(self) -> None:
		name = self.record("invoice.paid")
		frappe.db.set_value("Event Delivery", self.row(name).name, {"state": "Failed", "attempts": 10})
		redeliver(self.row(name).name)
		frappe.db.commit()
		self.assertEqual(deliver_pending(), {"delivered": 1, "failed": 0})
		self.assertEqual([event["id"] for event in self.subscriber.events], [name])

	def test_a_redirect_is_not_followed(self) -> None:
		self.subscriber.status = 302
		name = self.record("invoice.paid")
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 1})
		self.assertEqual(len(self.subscriber.requests), 1)
		self.assertEqual(self.row(name).last_status, 302)
		self.assertIn("Redirects are not followed", self.row(name).last_answer)

	def test_a_server_that_does_not_answer_in_time_is_left(self) -> None:
		frappe.db.set_value("Webhook", self.webhook, "timeout", 1)
		self.subscriber.seconds = 3
		name = self.record("invoice.paid")
		began = time.monotonic()
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 1})
		self.assertLess(time.monotonic() - began, 2.5)
		self.assertEqual(self.row(name).last_status, 0)
		self.assertIn("Timeout", self.row(name).last_answer)

	def test_a_server_that_answers_byte_by_byte_is_left_as_well(self) -> None:
		name = self.record("invoice.paid")
		with SlowServer() as slow, mock.patch.object(post, "MOST_SECONDS", 2):
			frappe.db.set_value("Webhook", self.webhook, "request_url", slow.url)
			began = time.monotonic()
			self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 1})
		self.assertLess(time.monotonic() - began, 4)
		self.assertEqual(self.row(name).last_answer, "Timeout: no whole answer within 2 seconds")

	def test_a_slow_subscriber_takes_no_time_of_the_others(self) -> None:
		with Subscriber() as slow, mock.patch.object(deliver, "SECONDS_OF_A_JOB", 2):
			slow.seconds = 3
			frappe.db.set_value("Webhook", self.webhook, {"request_url": slow.url, "timeout": 1})
			values = {"__newname": f"z-{frappe.generate_hash(length=8)}"}
			make_webhook(self.subscriber.url, **values)
			for _number in range(3):
				self.record("invoice.paid", make_customer())
			self.assertEqual(deliver_pending(), {"delivered": 3, "failed": 1})
		self.assertEqual(len(self.subscriber.requests), 3)

	def test_another_customer_s_events_do_not_wait_but_a_dead_server_is_soon_left_alone(self) -> None:
		self.subscriber.status = 500
		for _number in range(MOST_FAILURES + 2):
			self.record("invoice.paid", make_customer())
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": MOST_FAILURES})
		self.assertEqual(len(self.subscriber.requests), MOST_FAILURES)

	def test_a_job_killed_while_it_sends_leaves_an_event_that_comes_again_under_its_id(self) -> None:
		self.subscriber.seconds = 30
		names = [self.record("invoice.issued"), self.record("invoice.paid")]
		process = subprocess.Popen(
			[sys.executable, "-c", PROGRAM, frappe.local.site], cwd=frappe.local.sites_path
		)
		wait_for(self.subscriber.reached.is_set)
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 0})  # the other job is at it
		os.kill(process.pid, signal.SIGKILL)
		process.wait()
		self.subscriber.seconds = 0
		frappe.db.rollback()
		self.assertEqual([self.row(name).state for name in names], ["Pending", "Pending"])
		self.let_time_pass()
		self.assertEqual(deliver_pending(), {"delivered": 2, "failed": 0})
		self.assertEqual([event["id"] for event in self.subscriber.events], [names[0], *names])

	def test_four_jobs_at_once_send_each_event_once_and_in_order(self) -> None:
		names = [self.record(f"order.step_{number}") for number in range(30)]
		command = [sys.executable, "-c", PROGRAM, frappe.local.site]
		jobs = [subprocess.Popen(command, cwd=frappe.local.sites_path) for _number in range(4)]
		self.assertEqual([job.wait(timeout=120) for job in jobs], [0, 0, 0, 0])
		frappe.db.rollback()
		deliver_pending()
		self.assertEqual([event["id"] for event in self.subscriber.events], names)

	def test_a_webhook_that_is_switched_off_is_waited_for_and_a_deleted_one_is_not(self) -> None:
		name = self.record("invoice.paid")
		frappe.db.set_value("Webhook", self.webhook, "enabled", 0)
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 0})
		self.assertEqual((self.row(name).state, self.row(name).attempts), ("Pending", 0))
		frappe.delete_doc("Webhook", self.webhook)
		self.assertEqual(deliver_pending(), {"delivered": 0, "failed": 0})
		self.assertEqual(
			(self.row(name).state, self.row(name).last_answer), ("Skipped", "The Webhook was deleted.")
		)


class TestWhoMaySendAgain(OutboxCase):
	def test_only_who_may_write_webhooks(self) -> None:
		name = self.record("invoice.paid")
		deliver_pending()
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			redeliver(self.row(name).name)
		frappe.set_user("Administrator")
		self.assertEqual(self.row(name).state, "Delivered")


class TestWhatBecomesOfOldRows(OutboxCase):
	def test_old_rows_go_but_what_waits_stays(self) -> None:
		names = [self.record("invoice.issued"), self.record("invoice.paid")]
		frappe.db.set_value("Event Delivery", self.row(names[0]).name, "state", "Delivered")
		for name in names:
			long_ago = add_to_date(now_datetime(), days=-91)
			frappe.db.set_value(
				"Event Delivery", self.row(name).name, "modified", long_ago, update_modified=False
			)
		EventDelivery.clear_old_logs(days=90)
		kept = frappe.get_all("Event Delivery", filters={"webhook": self.webhook}, pluck="billing_event")
		self.assertEqual(kept, [names[1]])

	def test_uninstalling_removes_the_webhooks(self) -> None:
		_remove_webhooks()
		self.assertFalse(frappe.db.exists("Webhook", {"webhook_doctype": "Billing Event"}))
