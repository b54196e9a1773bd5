"""The minute's tick queues a job for what waits and for nothing else; the jobs do it as Administrator."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from paygent_billing.api import deliveries
from paygent_billing.services import tick
from paygent_billing.tests.mail_server import MailServer
from paygent_billing.tests.test_deliveries import DeliveryCase
from paygent_billing.tests.test_invoice_template import forget_waiting

JOBS = "paygent_billing.services.tick."


class TestTick(DeliveryCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Event Delivery", {"state": "Pending"}, "state", "Skipped")
		forget_waiting()

	def queued(self) -> list[str]:
		with patch("frappe.enqueue") as enqueue:
			tick.send_what_waits()
		return [call.args[0].removeprefix(JOBS) for call in enqueue.call_args_list]

	def test_nothing_waits_and_nothing_is_queued(self) -> None:
		self.assertEqual(self.queued(), [])

	def test_what_waits_has_its_job_and_the_job_does_it(self) -> None:
		row = deliveries.send(self.invoice, "ap@acme.example")["name"]
		frappe.db.set_value("Invoice PDF", {"sales_invoice": self.invoice}, "state", "Pending")
		frappe.db.commit()
		self.assertEqual(self.queued(), ["pdf_job", "mail_job"])
		frappe.set_user("Guest")
		with MailServer():
			frappe.get_attr(JOBS + "pdf_job")()
			frappe.get_attr(JOBS + "mail_job")()
		self.assertEqual(frappe.session.user, "Administrator")
		self.assertEqual(frappe.db.get_value("Invoice PDF", {"sales_invoice": self.invoice}, "state"), "Made")
		self.assertEqual(frappe.db.get_value("Invoice Delivery", row, "state"), "Queued")

	def test_the_scheduler_knows_the_tick(self) -> None:
		cron = frappe.get_hooks("scheduler_events")["cron"]
		self.assertIn(JOBS + "send_what_waits", cron["* * * * *"])
