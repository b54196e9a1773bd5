"""The log of what happened: with an order, with an invoice alone, and with neither."""

from __future__ import annotations

from decimal import Decimal

import frappe

from paygent_billing.services.events import Subject, record, record_event, record_invoice_event
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.tests.factories import make_customer, make_order
from paygent_billing.tests.site_case import SiteTestCase, day
from paygent_billing.tests.subscriber import make_webhook
from paygent_billing.tests.test_invoice_template import make_billed_invoice


class TestEvents(SiteTestCase):
	def test_an_event_of_an_order_names_the_order_its_customer_and_currency(self) -> None:
		order = make_order()
		record_event("order.changed", order, happened_on=day("2026-01-05"), amount=Decimal("1.50"), line="a")
		row = frappe.get_doc("Billing Event", {"billing_order": order.name})
		told = (row.event, row.customer, row.currency, row.amount, frappe.parse_json(row.details))
		self.assertEqual(told, ("order.changed", order.customer, "USD", 1.5, {"line": "a"}))

	def test_an_event_needs_neither_order_nor_invoice(self) -> None:
		customer = make_customer()
		name = record("credits.granted", Subject(customer, "EUR"), happened_on=day("2026-01-05"))
		row = frappe.get_doc("Billing Event", name)
		told = (row.event, row.customer, row.currency, row.billing_order, row.sales_invoice, row.details)
		self.assertEqual(told, ("credits.granted", customer, "EUR", None, None, None))

	def test_an_event_of_an_invoice_without_an_order_names_the_invoice(self) -> None:
		invoice = frappe.new_doc("Sales Invoice")
		invoice.update({"name": "SINV-EVENT", "customer": make_customer(), "currency": "USD"})
		record_invoice_event("invoice.issued", invoice, happened_on=day("2026-01-05"), amount=Decimal(7))
		row = frappe.get_doc("Billing Event", {"sales_invoice": "SINV-EVENT"})
		self.assertEqual((row.event, row.amount, row.billing_order), ("invoice.issued", 7.0, None))


class TestHappenings(SiteTestCase):
	def events_of(self, invoice: str) -> list[tuple[str, float, dict]]:
		rows = frappe.get_all(
			"Billing Event",
			filters={"sales_invoice": invoice},
			fields=["event", "amount", "details"],
			order_by="creation asc",
		)
		return [(row.event, row.amount, frappe.parse_json(row.details or "{}")) for row in rows]

	def test_an_invoice_is_created_issued_paid_and_receipted_in_this_order(self) -> None:
		invoice = make_billed_invoice()
		payment = mark_as_paid(invoice, on=day("2026-01-05"))
		events = self.events_of(invoice)
		self.assertEqual(
			[name for name, _amount, _details in events],
			["invoice.created", "invoice.issued", "payment.succeeded", "invoice.paid", "receipt.created"],
		)
		self.assertEqual({amount for _name, amount, _details in events}, {99.0})
		details = {name: details for name, _amount, details in events}
		self.assertEqual(details["payment.succeeded"]["payment"], payment)
		self.assertEqual(details["invoice.created"], {"origin": "Order", "is_credit_note": False})
		receipt = frappe.db.get_value("Billing Receipt", {"sales_invoice": invoice})
		self.assertEqual(details["receipt.created"], {"receipt": receipt})

	def test_a_payment_that_is_taken_back_is_told_of(self) -> None:
		invoice = make_billed_invoice()
		payment = mark_as_paid(invoice, on=day("2026-01-05"))
		frappe.get_doc("Payment Entry", payment).cancel()
		told = [(name, amount) for name, amount, _details in self.events_of(invoice)]
		self.assertIn(("payment.reversed", 99.0), told)

	def test_a_webhook_with_a_broken_condition_never_stops_the_billing(self) -> None:
		make_webhook("http://127.0.0.1:9/", condition="doc.event and doc.details['nothing']")
		invoice = make_billed_invoice()
		self.assertEqual(self.events_of(invoice)[1][:2], ("invoice.issued", 99.0))
		frappe.db.set_value("Webhook", {"webhook_doctype": "Billing Event"}, "enabled", 0)
		frappe.db.commit()
