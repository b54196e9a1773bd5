"""The log of what happened: with an order, with an invoice alone, and with neither."""

from __future__ import annotations

from decimal import Decimal

import frappe

from paygent_billing.services.events import Subject, record, record_event, record_invoice_event
from paygent_billing.tests.factories import make_customer, make_order
from paygent_billing.tests.site_case import SiteTestCase, day


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
