"""The printed invoice: what it says, what it never runs or fetches, and who gets it."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from markupsafe import escape
from pypdf import PdfReader, PdfWriter

from paygent_billing.api.printing import download_pdf
from paygent_billing.services.invoices.pdf import (
	GENERATOR,
	PRINT_FORMAT,
	generate,
	invoice_pdf,
	print_format_of,
)
from paygent_billing.services.invoices.presentation import billing_invoice_view
from paygent_billing.services.invoices.site_files import ForeignFile, fetch, site_url
from paygent_billing.services.invoices.wording import NumberStyle, plain_lines
from paygent_billing.services.replay.books import company_for
from paygent_billing.tests import factories
from paygent_billing.tests.site_case import SiteTestCase, utc

JANUARY = {"service_from": "2026-01-01", "service_to": "2026-01-31"}
PIXEL = (
	b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
	b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
PAYLOADS = (
	"<script>alert(1)</script>",
	"{{ 7*7 }}",
	'"<img src=x onerror=alert(1)>"',
	"</td><h1>Owned",
)


def usage_line(**values: object) -> dict[str, object]:
	"""1,250,000 tokens at 0.00025, or what `values` say."""
	line = {
		"item_code": "Reader",
		"item_name": "Reader",
		"ai_agent": "Reader",
		"description": "Usage: tokens<br>01-01-2026 - 31-01-2026",
		"billing_type": "usage",
		"qty": 1,
		"rate": 312.5,
		"amount": 312.5,
		"billed_quantity": 1250000,
		"unit_price": 0.00025,
		"computed_as": "1250000 x 0.00025",
		**JANUARY,
	}
	return {**line, **values}


def credit_line(amount: float) -> dict[str, object]:
	values = {"ai_agent": None, "item_name": "Credit", "description": "Prepaid credits used"}
	words = {
		"billing_type": "credit",
		"unit_price": 0,
		"billed_quantity": 1,
		"computed_as": "prepaid credits",
	}
	return usage_line(**values, **words, amount=amount, service_from=None, service_to=None)


def make_invoice(*lines: dict[str, object], **values: object) -> Document:
	"""A submitted Sales Invoice in memory, of 312.50 USD, which nothing has been posted for."""
	invoice = frappe.new_doc("Sales Invoice")
	invoice.update(
		{
			"name": "SINV-PRINTED",
			"company": company_for("USD"),
			"customer": "Acme",
			"customer_name": "Acme",
			"currency": "USD",
			"conversion_rate": 1,
			"posting_date": "2026-02-01",
			"due_date": "2026-03-03",
			"billing_order": "ORD-PRINTED",
			"disable_rounded_total": 1,
			"total": 312.5,
			"net_total": 312.5,
			"grand_total": 312.5,
			"outstanding_amount": 312.5,
			"taxes": [],
			**values,
		}
	)
	invoice.set("items", list(lines or (usage_line(),)))
	invoice.docstatus = 1
	return invoice


def page_of(invoice: Document) -> str:
	return frappe.get_print("Sales Invoice", invoice.name, PRINT_FORMAT, doc=invoice)


def pdf_of(invoice: Document) -> PdfReader:
	return PdfReader(io.BytesIO(generate(PRINT_FORMAT, page_of(invoice))))


def text_of(invoice: Document) -> str:
	"""The text of all pages, with one space for each white space."""
	pages = [page.extract_text() for page in pdf_of(invoice).pages]
	return re.sub(r"\s+", " ", " ".join(pages))


class PrintedCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.local.form_dict.pop("pdf_generator", None)


class TestWhatTheInvoiceSays(PrintedCase):
	def test_a_price_far_below_a_cent_keeps_its_digits_and_a_quantity_loses_its_zeros(self) -> None:
		text = text_of(make_invoice())
		for words in ("1,250,000", "0.00025", "312.50", "Usage: tokens", "Jan 1 – 31, 2026", "Mar 3, 2026"):
			self.assertIn(words, text)

	def test_it_says_how_a_usage_was_computed_unless_quantity_and_price_say_it(self) -> None:
		tiers = usage_line(billed_quantity=140, unit_price=0, computed_as="100 x 1.00 + 30 x 0.80 + 5.00")
		lines = billing_invoice_view(make_invoice(tiers, usage_line())).groups[0].lines
		self.assertEqual(lines[0].notes, ("Jan 1 – 31, 2026", "100 × 1.00 + 30 × 0.80 + 5.00"))
		self.assertEqual(lines[1].notes, ("Jan 1 – 31, 2026",))

	def test_credits_and_corrections_are_negative_lines_that_say_what_they_are(self) -> None:
		correction = usage_line(amount=-33.87, unit_price=0, computed_as="- 21 of 31 days x 50.00")
		groups = billing_invoice_view(make_invoice(correction, credit_line(-27.42))).groups
		self.assertEqual([group.heading for group in groups], ["Reader", "Credits and adjustments"])
		said = [
			(line.tag, line.quantity, line.unit_price, line.amount)
			for group in groups
			for line in group.lines
		]
		self.assertEqual(said, [("Correction", "", "", "-33.87"), ("Credit", "", "", "-27.42")])

	def test_subtotal_discount_taxes_and_payments_lead_to_what_is_due(self) -> None:
		tax = {"description": "VAT", "rate": 20, "charge_type": "On Net Total"}
		tax |= {"tax_amount_after_discount_amount": 60, "base_tax_amount_after_discount_amount": 60}
		sums = {"net_total": 300, "discount_amount": 12.5, "grand_total": 360, "outstanding_amount": 260}
		totals = billing_invoice_view(make_invoice(taxes=[tax], **sums)).totals
		self.assertEqual(
			[(row.label, row.amount) for row in totals],
			[
				("Subtotal", "312.50"),
				("Discount", "-12.50"),
				("VAT 20 %", "60.00"),
				("Grand Total", "360.00"),
				("Paid", "-100.00"),
				("Amount Due", "260.00"),
			],
		)

	def test_a_paid_invoice_says_so(self) -> None:
		self.assertIn("Paid in full", text_of(make_invoice(outstanding_amount=0)))

	def test_a_credit_note_tells_the_customer_what_is_theirs(self) -> None:
		sums = {"total": -50, "net_total": -50, "grand_total": -50, "outstanding_amount": -50}
		view = billing_invoice_view(make_invoice(credit_line(-50), is_return=1, **sums))
		self.assertEqual(
			(view.heading, view.due.label, view.due.amount), ("Credit Note", "Credit to you", "50.00")
		)

	def test_yen_have_no_decimals_and_dinars_three(self) -> None:
		for currency, written in (("JPY", "JPY 2,420"), ("KWD", "KWD 2,420.000")):
			with patch("paygent_billing.services.numbers.site_decimals", return_value=3):
				text = text_of(make_invoice(currency=currency, grand_total=2420, outstanding_amount=2420))
			self.assertIn(written, text)

	def test_what_is_open_in_the_company_s_currency_is_told_in_the_invoice_s(self) -> None:
		ledger = {"party_account_currency": "USD", "currency": "EUR", "conversion_rate": 1.25}
		sums = {"grand_total": 100, "base_grand_total": 125}
		whole = billing_invoice_view(make_invoice(**ledger, **sums, outstanding_amount=125))
		part = billing_invoice_view(make_invoice(**ledger, **sums, outstanding_amount=50))
		self.assertEqual((whole.due.amount, part.due.amount), ("100.00", "40.00"))

	def test_sixty_lines_repeat_the_table_head_and_number_the_pages(self) -> None:
		lines = [usage_line(description=f"Usage: metric {number}<br>days") for number in range(60)]
		pages = [page.extract_text() for page in pdf_of(make_invoice(*lines)).pages]
		self.assertGreater(len(pages), 2)
		for number, text in enumerate(pages, start=1):
			self.assertIn(f"Page {number} / {len(pages)}", text)
		self.assertTrue(all("Description" in text for text in pages if "Usage: metric" in text))

	def test_numbers_follow_the_site_s_style_digit_by_digit(self) -> None:
		european, indian = NumberStyle(",", "."), NumberStyle(".", ",", is_lakh=True)
		self.assertEqual(european.write("-1234567.50"), "-1.234.567,50")
		self.assertEqual(indian.write("12345678.05"), "1,23,45,678.05")
		self.assertEqual(european.computation("500000 x 0.015"), "500.000 × 0,015")


class TestNothingOfTheCustomerRuns(PrintedCase):
	def test_a_customer_s_name_is_shown_as_it_is_written(self) -> None:
		for payload in PAYLOADS:
			invoice = make_invoice(customer_name=payload)
			self.assertIn(f"<bdi>{escape(payload)}</bdi>", page_of(invoice))
			self.assertIn(payload, text_of(invoice))

	def test_an_item_s_name_is_shown_as_it_is_written(self) -> None:
		for payload in PAYLOADS:
			invoice = make_invoice(usage_line(item_name=payload, billing_type=None, description=""))
			self.assertIn(payload, text_of(invoice))

	def test_rich_text_loses_its_tags_and_keeps_its_words(self) -> None:
		lines = plain_lines('One <b>two</b><br>"<img src=x onerror=alert(1)>"<p>A &amp; B &lt;script&gt;</p>')
		self.assertEqual(lines, ("One two", '""A & B <script>'))

	def test_no_field_of_the_invoice_brings_a_tag_into_the_page(self) -> None:
		attack = '"<img src=http://169.254.169.254/x onerror=alert(1)>"<script>alert(1)</script>'
		told = dict.fromkeys(
			("customer_name", "po_no", "terms", "remarks", "address_display", "contact_display"), attack
		)
		told |= dict.fromkeys(
			("company_address_display", "tax_id", "company_tax_id", "select_print_heading"), attack
		)
		line = usage_line(item_name=attack, description=attack, computed_as=attack)
		page = page_of(make_invoice(line, usage_line(description=attack, billing_type=None), **told))
		invoice = page[page.index('<div class="agent-invoice"') : page.index("<!-- Administrator")]
		self.assertNotIn("<img", invoice)
		self.assertNotIn("<script>alert", invoice)

	def test_every_expression_of_the_template_is_escaped(self) -> None:
		folder = Path(frappe.get_app_path("paygent_billing", "templates", "papers"))
		texts = [path.read_text() for path in sorted(folder.glob("*.html"))]
		self.assertEqual(len(texts), 6)
		expressions = re.findall(r"\{\{-?(.*?)-?\}\}", "".join(texts), re.DOTALL)
		raw = {text.strip() for text in expressions if not text.strip().endswith("|e")}
		self.assertEqual(raw, {"letter_head", "footer", "slip.qr"})


class TestWhatThePdfMayFetch(PrintedCase):
	def test_nothing_but_the_site_s_own_pictures_is_served(self) -> None:
		for url in (
			"http://169.254.169.254/latest/meta-data/logo.png",
			"https://example.com/logo.png",
			"file:///etc/passwd",
			"file:///etc/logo.png",
			"ftp://example.com/logo.png",
			site_url() + "files/../../site_config.json",
			site_url() + "files/../private/files/secret.png",
			site_url() + "files/%2e%2e/%2e%2e/site_config.png",
			site_url() + "files//etc/passwd.png",
			site_url() + "private/files/../../site_config.png",
			site_url() + "files/no-such-picture.png",
			site_url() + "api/method/ping.png",
			site_url() + "files/page.html",
		):
			with self.subTest(url), self.assertRaises(ForeignFile):
				fetch(url)

	def test_a_link_out_of_the_folder_is_not_followed(self) -> None:
		link = frappe.get_site_path("public", "files", "printed-link.png")
		os.symlink(os.path.abspath(frappe.get_site_path("site_config.json")), link)
		self.addCleanup(os.remove, link)
		with self.assertRaises(ForeignFile):
			fetch(site_url() + "files/printed-link.png")

	def test_a_public_picture_and_a_data_url_are_served(self) -> None:
		file = self._save_picture(is_private=0)
		self.assertTrue(fetch(site_url().rstrip("/") + file.file_url))
		self.assertTrue(fetch("data:image/png;base64,iVBORw0KGgo="))

	def test_a_private_picture_is_served_only_as_the_seller_s(self) -> None:
		file = self._save_picture(is_private=1)
		url = site_url().rstrip("/") + file.file_url
		with self.assertRaises(ForeignFile):
			fetch(url)
		file.db_set({"attached_to_doctype": "Company", "attached_to_name": company_for("USD")})
		self.assertTrue(fetch(url))

	def test_an_invoice_prints_without_what_was_refused(self) -> None:
		page = page_of(make_invoice())
		page = page.replace(
			"</bdi>", '</bdi><img src="http://169.254.169.254/x.png"><img src="/etc/passwd">', 1
		)
		with patch("socket.socket.connect", side_effect=AssertionError("asked the network")):
			pdf = PdfReader(io.BytesIO(generate(PRINT_FORMAT, page)))
		self.assertIn("312.50", pdf.pages[0].extract_text())

	def _save_picture(self, is_private: int) -> Document:
		name = f"printed-{frappe.generate_hash(length=8)}.png"
		file = frappe.new_doc("File")
		file.update({"file_name": name, "content": PIXEL, "is_private": is_private})
		file.insert()
		self.addCleanup(lambda: os.path.exists(file.get_full_path()) and os.remove(file.get_full_path()))
		return file


class TestTheGenerator(PrintedCase):
	def test_another_print_format_goes_the_usual_way(self) -> None:
		self.assertIsNone(generate("Standard", "<html></html>"))
		self.assertIsNone(generate(None, "<html></html>"))

	def test_the_print_format_names_our_generator_and_frappe_takes_it(self) -> None:
		self.assertEqual(frappe.db.get_value("Print Format", PRINT_FORMAT, "pdf_generator"), GENERATOR)
		pdf = frappe.get_print("Sales Invoice", "X", PRINT_FORMAT, doc=make_invoice(), as_pdf=True)
		self.assertIn("WeasyPrint", PdfReader(io.BytesIO(pdf)).metadata.producer)

	def test_pages_are_added_to_the_output_of_many(self) -> None:
		output = PdfWriter()
		for _ in range(2):
			self.assertIs(generate(PRINT_FORMAT, page_of(make_invoice()), {}, output), output)
		self.assertEqual(len(output.pages), 2)

	def test_a_password_opens_the_pdf(self) -> None:
		reader = PdfReader(
			io.BytesIO(generate(PRINT_FORMAT, page_of(make_invoice()), {"password": "secret"}))
		)
		self.assertTrue(reader.is_encrypted)
		self.assertTrue(reader.decrypt("secret"))

	def test_a4_and_letter_have_their_size(self) -> None:
		for size, width in (("A4", 595), ("Letter", 612), ("url(http://evil)", 595)):
			pdf = PdfReader(io.BytesIO(generate(PRINT_FORMAT, page_of(make_invoice()), {"page-size": size})))
			self.assertEqual(round(pdf.pages[0].mediabox.width), width)


class TestWhoGetsIt(PrintedCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		order = factories.make_active_order(at=utc(2026, 1, 1))
		factories.bill(order, at=utc(2026, 1, 1))
		cls.invoice = factories.invoices_of(order)[0]

	def test_a_billed_invoice_is_printed_in_our_format(self) -> None:
		self.assertEqual(print_format_of(self.invoice.name), PRINT_FORMAT)
		text = PdfReader(io.BytesIO(invoice_pdf(self.invoice.name))).pages[0].extract_text()
		for words in (self.invoice.name, self.invoice.customer_name, "Platform fee", "99.00"):
			self.assertIn(words, text)

	def test_an_earlier_print_of_another_format_does_not_choose_the_generator(self) -> None:
		frappe.local.form_dict.pdf_generator = "wkhtmltopdf"
		reader = PdfReader(io.BytesIO(invoice_pdf(self.invoice.name)))
		self.assertIn("WeasyPrint", reader.metadata.producer)
		self.assertEqual(frappe.local.form_dict.pop("pdf_generator"), "wkhtmltopdf")

	def test_who_may_read_it_downloads_it(self) -> None:
		download_pdf("Sales Invoice", self.invoice.name, PRINT_FORMAT)
		self.assertTrue(frappe.local.response.pop("filecontent").startswith(b"%PDF"))

	def test_who_may_not_read_it_gets_no_pdf(self) -> None:
		for user in (self._stranger(), "Guest"):
			frappe.set_user(user)
			frappe.local.response.pop("filecontent", None)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				download_pdf("Sales Invoice", self.invoice.name, PRINT_FORMAT)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				invoice_pdf(self.invoice.name)
			self.assertNotIn("filecontent", frappe.local.response)

	def _stranger(self) -> str:
		email = f"stranger-{frappe.generate_hash(length=6)}@example.com"
		user = frappe.new_doc("User")
		user.update({"email": email, "first_name": "Stranger", "send_welcome_email": 0})
		return user.insert().name
