"""Invoices by e-mail: once each, to the right person, and never in the way of the billing."""

from __future__ import annotations

import email
from email.message import Message

import frappe

from paygent_billing.services.invoices.email import send_waiting_invoices
from paygent_billing.tests.factories import bill, invoices_of, make_active_order, make_customer
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestInvoiceEmail(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Billing Period", {"email_state": "To send"}, "email_state", "")
		make_outgoing_account()

	def test_an_invoice_is_sent_once_with_its_pdf_to_the_customer(self) -> None:
		order = self._order("Invoice only", "billing@acme.example")
		bill(order, utc(2026, 1, 1))
		self.assertEqual(send_waiting_invoices(), {"sent": 1, "failed": 0})
		self.assertEqual(send_waiting_invoices(), {"sent": 0, "failed": 0})
		invoice = invoices_of(order)[0].name
		queued = frappe.get_all(
			"Email Queue", filters={"reference_name": invoice}, pluck="name", order_by="creation asc"
		)
		self.assertEqual(len(queued), 1)
		mail = frappe.get_doc("Email Queue", queued[0])
		self.assertEqual([row.recipient for row in mail.recipients], ["billing@acme.example"])
		self.assertIn(invoice, str(parsed(mail.message)["subject"]))

	def test_an_order_that_sends_nothing_sends_nothing(self) -> None:
		bill(self._order("Off", "billing@acme.example"), utc(2026, 1, 1))
		self.assertEqual(send_waiting_invoices(), {"sent": 0, "failed": 0})

	def test_a_customer_without_an_address_is_named_and_stays_billed(self) -> None:
		order = self._order("Invoice only", None)
		bill(order, utc(2026, 1, 1))
		self.assertEqual(send_waiting_invoices(), {"sent": 0, "failed": 1})
		period = frappe.get_doc("Billing Period", {"billing_order": order})
		self.assertEqual((period.state, period.email_state), ("Billed", "Failed"))
		self.assertIn("has no e-mail address", period.email_error)

	def _order(self, invoice_email: str, address: str | None) -> str:
		customer = make_customer()
		frappe.db.set_value("Customer", customer, "email_id", address)
		return make_active_order(at=utc(2026, 1, 1), customer=customer, invoice_email=invoice_email)


def make_outgoing_account() -> None:
	"""Frappe queues mail only when the site has an account to send it from."""
	if not frappe.db.exists("Email Account", {"default_outgoing": 1}):
		account = frappe.new_doc("Email Account")
		account.update(
			{
				"email_account_name": "Billing",
				"email_id": "billing@paygent.example",
				"enable_outgoing": 1,
				"default_outgoing": 1,
				"smtp_server": "localhost",
				"no_smtp_authentication": 1,
			}
		)
		account.flags.ignore_validate = True
		account.insert()
		frappe.db.commit()


def parsed(message: str) -> Message:
	return email.message_from_string(message)
