"""Invoices sent on demand: really delivered, logged, found again when lost, and never to a stranger's ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from paygent_billing.api import deliveries as api
from paygent_billing.services.deliveries.follow import follow_queued
from paygent_billing.services.deliveries.queue import queue_waiting
from paygent_billing.services.invoices.email import send_waiting_invoices
from paygent_billing.tests.factories import bill, invoices_of, make_active_order, make_customer
from paygent_billing.tests.mail_server import MailServer, send_queued, wait_for
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.test_invoice_email import make_outgoing_account
from paygent_billing.tests.test_invoice_template import text_of_pdf

PROGRAM = """
import sys
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
frappe.get_doc("Email Queue", sys.argv[2]).send()
"""


class DeliveryCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		make_outgoing_account()
		frappe.db.delete("Invoice Delivery", {"state": ["in", ("Waiting", "Queued")]})
		frappe.db.set_value("Billing Period", {"email_state": "To send"}, "email_state", "")
		frappe.flags.mute_emails = False
		customer = make_customer()
		frappe.db.set_value("Customer", customer, "email_id", "billing@acme.example")
		self.order = make_active_order(at=utc(2026, 1, 1), customer=customer, invoice_email="Off")
		bill(self.order, utc(2026, 1, 1))
		self.invoice = invoices_of(self.order)[0].name

	def send(self, recipients: str | None = None, note: str | None = None) -> str:
		name = api.send(self.invoice, recipients, note)["name"]
		frappe.db.commit()
		return name

	def row(self, name: str) -> frappe._dict:
		return frappe.get_doc("Invoice Delivery", name).as_dict()


class TestDeliveries(DeliveryCase):
	def test_a_mail_arrives_with_the_pdf_and_a_link_inside(self) -> None:
		with MailServer() as inbox:
			name = self.send("ap@acme.example, cfo@acme.example", "Hello <b>there</b>")
			self.assertEqual(queue_waiting(), {"queued": 1, "failed": 0})
			send_queued(self.row(name).email_queue)
		self.assertEqual(sorted(inbox.recipients), [["ap@acme.example"], ["cfo@acme.example"]])
		mail = inbox.mails[0]
		(pdf,) = mail.iter_attachments()
		self.assertEqual(pdf.get_filename(), f"{self.invoice}.pdf")
		self.assertIn("99.00", text_of_pdf(pdf.get_content()))
		text = mail.get_body(("plain",)).get_content()
		self.assertIn(f"invoice {self.invoice} over USD 99.00 attached. It is due on Jan 31, 2026.", text)
		self.assertRegex(text, r"http\S+/i/[\w-]{43}")
		html = mail.get_body(("html",)).get_content()
		self.assertIn("Hello &lt;b&gt;there&lt;/b&gt;", html)
		self.assertRegex(html, r'href="http[^"]+/i/[\w-]{43}"')
		self.assertEqual(mail["Message-Id"], f"<{name}@{frappe.local.site}>")

	def test_the_log_says_who_when_to_whom_and_what_became_of_it(self) -> None:
		with MailServer():
			name = self.send("ap@acme.example")
			self.assertEqual((self.row(name).state, self.row(name).asked_by), ("Waiting", "Administrator"))
			queue_waiting()
			self.assertEqual(self.row(name).state, "Queued")
			send_queued(self.row(name).email_queue)
		self.assertEqual(follow_queued(), {"sent": 1, "failed": 0, "lost": 0})
		row = self.row(name)
		self.assertEqual((row.state, row.recipients, row.attempts), ("Sent", "ap@acme.example", 1))
		self.assertLess((now_datetime() - row.sent_at).total_seconds(), 60)

	def test_without_an_address_it_goes_to_the_customer_and_again_as_often_as_wanted(self) -> None:
		names = [self.send() for _number in range(3)]
		self.assertEqual([self.row(name).recipients for name in names], ["billing@acme.example"] * 3)
		self.assertEqual(queue_waiting(), {"queued": 3, "failed": 0})
		self.assertEqual(queue_waiting(), {"queued": 0, "failed": 0})

	def test_a_refused_mail_is_failed_with_its_reason_once_frappe_gives_up(self) -> None:
		with MailServer() as inbox:
			inbox.refuses = True
			name = self.send()
			queue_waiting()
			for _attempt in range(8):
				try:
					send_queued(self.row(name).email_queue)
				except Exception as error:
					self.assertIn("554", str(error))
		follow_queued()
		self.assertEqual(self.row(name).state, "Failed")
		self.assertIn("554", self.row(name).error)

	def test_a_worker_killed_while_sending_loses_no_mail(self) -> None:
		with MailServer() as inbox:
			inbox.is_stuck = True
			name = self.send()
			queue_waiting()
			mail = self.row(name).email_queue
			self._kill_while_sending(mail, inbox)
			self.assertEqual(frappe.db.get_value("Email Queue", mail, "status"), "Sending")
			self.assertEqual(follow_queued(), {"sent": 0, "failed": 0, "lost": 0})  # it may still be at work
			inbox.is_stuck = False
			long_ago = add_to_date(now_datetime(), minutes=-31)
			frappe.db.set_value("Email Queue", mail, "modified", long_ago, update_modified=False)
			self.assertEqual(follow_queued(), {"sent": 0, "failed": 0, "lost": 1})
			send_queued(mail)
		self.assertEqual(follow_queued(), {"sent": 1, "failed": 0, "lost": 0})
		self.assertEqual([mail["Message-Id"] for mail in inbox.mails], [f"<{name}@{frappe.local.site}>"])
		self.assertEqual((self.row(name).state, self.row(name).attempts), ("Sent", 2))

	def test_a_mail_that_was_deleted_from_the_queue_is_written_anew_under_its_message_id(self) -> None:
		name = self.send()
		queue_waiting()
		first = self.row(name)
		frappe.delete_doc("Email Queue", first.email_queue, force=True)
		self.assertEqual(follow_queued(), {"sent": 0, "failed": 0, "lost": 1})
		queue_waiting()
		row = self.row(name)
		self.assertEqual((row.state, row.message_id), ("Queued", first.message_id))
		self.assertNotEqual(row.email_queue, first.email_queue)

	def test_a_crash_before_the_commit_queues_nothing_and_the_next_run_queues_it(self) -> None:
		name = self.send()
		with patch("frappe.db.commit", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
			queue_waiting()
		frappe.db.rollback()
		self.assertEqual((self.row(name).state, self._mails()), ("Waiting", 0))
		queue_waiting()
		self.assertEqual((self.row(name).state, self._mails()), ("Queued", 1))

	def test_what_is_no_address_is_refused_and_nothing_waits(self) -> None:
		before = frappe.db.count("Invoice Delivery")
		with self.assert_refused("nobody is no e-mail address."):
			api.send(self.invoice, "ap@acme.example, nobody")
		with self.assert_refused("An invoice goes to 10 addresses at most."):
			api.send(self.invoice, ",".join(f"a{number}@acme.example" for number in range(11)))
		self.assertEqual(frappe.db.count("Invoice Delivery"), before)

	def test_a_draft_is_not_sent(self) -> None:
		draft = frappe.copy_doc(frappe.get_doc("Sales Invoice", self.invoice))
		draft.docstatus = 0
		draft.flags.from_billing = True
		draft.insert()
		with self.assert_refused("is a draft. Issue it before you send it."):
			api.send(draft.name, "ap@acme.example")

	def test_who_may_not_mail_invoices_sends_none(self) -> None:
		before = frappe.db.count("Invoice Delivery")
		frappe.set_user("Guest")
		for act in (
			lambda: api.send(self.invoice, "thief@example.com"),
			lambda: api.of_invoice(self.invoice),
		):
			with self.assertRaises(frappe.PermissionError):
				act()
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.count("Invoice Delivery"), before)

	def test_the_log_cannot_be_changed_or_deleted_by_hand(self) -> None:
		row = frappe.get_doc("Invoice Delivery", self.send())
		row.state = "Sent"
		with self.assert_refused("is written by the billing itself"):
			row.save()
		with self.assert_refused("is a record of what happened and cannot be deleted"):
			frappe.delete_doc("Invoice Delivery", row.name)

	def _mails(self) -> int:
		return frappe.db.count("Email Queue", {"reference_name": self.invoice})

	def _kill_while_sending(self, mail: str, inbox: object) -> None:
		process = subprocess.Popen(
			[sys.executable, "-c", PROGRAM, frappe.local.site, mail], cwd=frappe.local.sites_path
		)
		wait_for(inbox.reached.is_set)
		os.kill(process.pid, signal.SIGKILL)
		process.wait()
		frappe.db.rollback()


class TestTheMailOfAPeriod(DeliveryCase):
	def test_it_is_a_delivery_of_its_own_and_never_a_second(self) -> None:
		frappe.db.set_value("Billing Order", self.order, "invoice_email", "Invoice only")
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(send_waiting_invoices(), {"sent": 1, "failed": 0})
		period = frappe.db.get_value("Billing Period", {"billing_order": self.order, "start": "2026-02-01"})
		row = frappe.get_doc("Invoice Delivery", {"cause": f"period {period}"})
		self.assertEqual((row.state, row.recipients, row.asked_by), ("Queued", "billing@acme.example", None))
		frappe.db.set_value("Billing Period", period, "email_state", "To send")
		frappe.db.commit()
		self.assertEqual(send_waiting_invoices(), {"sent": 0, "failed": 1})
		self.assertEqual(frappe.db.count("Invoice Delivery", {"sales_invoice": row.sales_invoice}), 1)

	def test_an_invoice_that_is_void_before_it_was_sent_is_not_sent(self) -> None:
		frappe.db.set_value("Billing Order", self.order, "invoice_email", "Invoice only")
		bill(self.order, utc(2026, 2, 1))
		invoice = invoices_of(self.order)[-1]
		invoice.cancel()
		frappe.db.commit()
		self.assertEqual(send_waiting_invoices(), {"sent": 1, "failed": 0})
		self.assertEqual(frappe.db.count("Invoice Delivery", {"sales_invoice": invoice.name}), 0)
		period = {"billing_order": self.order, "start": "2026-02-01"}
		self.assertFalse(frappe.db.get_value("Billing Period", period, "email_state"))
