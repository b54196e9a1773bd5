"""The printed receipt: its snapshot and nothing else."""

from __future__ import annotations

import io
import json

import frappe
from frappe.model.document import Document
from pypdf import PdfReader

from paygent_billing.services.invoices.pdf import generate
from paygent_billing.services.invoices.receipt_view import billing_receipt_view
from paygent_billing.services.replay.books import company_for
from paygent_billing.tests.site_case import SiteTestCase, day

PRINT_FORMAT = "Agent Billing Receipt"
SNAPSHOT = {
	"seller": {"name": "Seller Ltd", "address": "Seller Street 1\nBerlin", "tax_id": "DE123"},
	"customer": {"name": "Acme <b>GmbH</b>", "address": "1 Main St\nSpringfield", "tax_id": ""},
	"invoice": {
		"name": "SINV-PRINTED",
		"date": "2026-02-01",
		"due_date": "2026-03-03",
		"currency": "USD",
		"contract_id": "",
	},
	"lines": [
		{
			"description": "Usage: tokens",
			"period": "1 Jan 2026 - 31 Jan 2026",
			"quantity": "1250000",
			"unit_price": "0.00025",
			"amount": "312.50",
		},
		{
			"description": "Prepaid credits",
			"period": "",
			"quantity": "",
			"unit_price": "",
			"amount": "-27.50",
		},
	],
	"totals": {
		"subtotal": "285.00",
		"discount": "28.50",
		"taxes": [{"name": "VAT", "rate": "20", "amount": "51.30"}],
		"total": "307.80",
	},
	"payments": [
		{"date": "2026-02-05", "mode": "Wire Transfer", "reference": "TX-1", "amount": "100.00"},
		{"date": "2026-02-10", "mode": "Cash", "reference": "", "amount": "207.80"},
	],
}


def make_receipt(**told: object) -> Document:
	"""A receipt in memory."""
	receipt = frappe.new_doc("Billing Receipt")
	receipt.update(
		{
			"name": "RCT-2026-00001",
			"sales_invoice": "SINV-PRINTED",
			"customer": "Acme",
			"company": company_for("USD"),
			"paid_on": day("2026-02-10"),
			"currency": "USD",
			"snapshot": json.dumps({**SNAPSHOT, **told}),
		}
	)
	return receipt


class TestReceipt(SiteTestCase):
	def test_it_leads_from_the_lines_to_what_was_paid(self) -> None:
		view = billing_receipt_view(make_receipt())
		self.assertEqual(
			[(row.label, row.amount) for row in view.totals],
			[
				("Subtotal", "285.00"),
				("Discount", "-28.50"),
				("VAT 20 %", "51.30"),
				("Grand Total", "307.80"),
				("Wire Transfer, Feb 5, 2026 (TX-1)", "100.00"),
				("Cash, Feb 10, 2026", "207.80"),
				("Amount Paid", "307.80"),
			],
		)
		line = view.groups[0].lines[0]
		told = (line.title, line.quantity, line.unit_price, line.amount, line.notes)
		self.assertEqual(
			told, ("Usage: tokens", "1,250,000", "0.00025", "312.50", ("1 Jan 2026 - 31 Jan 2026",))
		)

	def test_it_is_printed_with_the_customer_s_name_as_text(self) -> None:
		receipt = make_receipt()
		page = frappe.get_print("Billing Receipt", receipt.name, PRINT_FORMAT, doc=receipt)
		text = PdfReader(io.BytesIO(generate(PRINT_FORMAT, page))).pages[0].extract_text()
		for words in ("Receipt", "RCT-2026-00001", "Acme <b>GmbH</b>", "Paid on Feb 10, 2026", "DE123"):
			self.assertIn(words, text)
		self.assertIn("Acme &lt;b&gt;GmbH&lt;/b&gt;", page)

	def test_every_text_of_the_snapshot_is_escaped(self) -> None:
		attack = "<script>alert(1)</script>"
		party = {"name": attack, "address": attack, "tax_id": attack}
		line = dict.fromkeys(("description", "period", "quantity", "unit_price", "amount"), attack)
		receipt = make_receipt(seller=party, customer=party, lines=[line])
		page = frappe.get_print("Billing Receipt", receipt.name, PRINT_FORMAT, doc=receipt)
		self.assertNotIn("<script>alert", page[page.index('<div class="agent-invoice"') :])
