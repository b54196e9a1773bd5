"""Slips of 58 and 80 mm: what a printer prints, and that no text of a customer commands it."""

from __future__ import annotations

import io

import frappe
from frappe.translate import print_language
from pypdf import PdfReader

from paygent_billing.services.invoices.pdf import document_pdf
from paygent_billing.services.slips.escpos import clean, slip_bytes
from paygent_billing.services.slips.qr import modules_of
from paygent_billing.services.slips.slip import billing_slip
from paygent_billing.tests.printer import Paper, print_on_paper
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.test_invoice_pdf import make_invoice, usage_line
from paygent_billing.tests.test_invoice_template import make_billed_invoice
from paygent_billing.tests.test_receipt_print import make_receipt

LINK = "https://billing.example.com/i/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdEf"


def printed(width: int = 58, **values: object) -> Paper:
	return print_on_paper(slip_bytes(billing_slip(make_invoice(**values)), width))


class TestEscPos(SiteTestCase):
	def tearDown(self) -> None:
		frappe.flags.slip_link = None
		super().tearDown()

	def test_amounts_stand_at_the_right_edge_of_both_widths(self) -> None:
		for width, columns in ((58, 32), (80, 48)):
			lines = printed(width).lines
			self.assertIn("Subtotal".ljust(columns - 6) + "312.50", lines)
			self.assertIn("Amount Due".ljust(columns - 10) + "USD 312.50", lines)
			self.assertLessEqual(max(map(len, lines)), columns)

	def test_a_receipt_says_what_was_paid_and_is_cut_off(self) -> None:
		paper = print_on_paper(slip_bytes(billing_slip(make_receipt()), 80))
		self.assertTrue(paper.is_cut)
		for words in ("Receipt", "RCT-2026-00001", "USD 307.80", "Wire Transfer, Feb 5, 2026 (TX-1)"):
			self.assertIn(words, paper.text)

	def test_control_bytes_of_a_customer_never_reach_the_printer(self) -> None:
		attack = "Acme\x1b@\x1dV\x00\x1bp\x00\x19\xfa\x10\x04\x01\x9b\u202eevil\x00"
		paper = printed(customer_name=attack)
		self.assertIn("Acme@Vp\xfaevil", paper.text)

	def test_every_control_character_is_dropped(self) -> None:
		controls = "".join(map(chr, [*range(32), *range(127, 160)])) + "\u2028\u202e\u2066\ufeff\ue000"
		self.assertEqual(clean(f"a{controls}b").replace(" ", ""), "ab")

	def test_accents_euro_and_cyrillic_are_letters_and_no_pictures(self) -> None:
		paper = printed(customer_name="Čeněk Müller Дмитрий 5 €")
		self.assertIn("Čeněk Müller Дмитрий 5 €", paper.text)
		self.assertEqual(paper.pictures, [])

	def test_scripts_without_a_code_page_are_pictures_as_wide_as_the_paper(self) -> None:
		for name in ("شركة الخليج", "श्री गणेश ट्रेडिंग", "株式会社アクメ"):
			for width, dots in ((58, 384), (80, 576)):
				pictures = printed(width, customer_name=name).pictures
				self.assertEqual([picture.width for picture in pictures], [dots])
				self.assertIn(0, set(pictures[0].getdata()))

	def test_shaped_letters_differ_from_the_same_letters_apart(self) -> None:
		joined, apart = printed(customer_name="سلام").pictures, printed(customer_name="س ل ا م").pictures
		self.assertNotEqual(joined[0].tobytes(), apart[0].tobytes())

	def test_the_qr_code_holds_the_link_dot_by_dot(self) -> None:
		frappe.flags.slip_link = LINK
		picture = printed().pictures[-1]
		rows = modules_of(LINK)
		size = next(size for size in range(8, 1, -1) if size * len(rows) <= picture.width)
		seen = [
			[picture.getpixel((x * size + 1, y * size + 1)) == 0 for x in range(len(rows))]
			for y in range(len(rows))
		]
		self.assertEqual(seen, rows)

	def test_without_a_link_there_is_no_qr_code(self) -> None:
		self.assertEqual(printed().pictures, [])
		self.assertEqual(billing_slip(make_invoice()).qr, "")


class TestHtmlSlip(SiteTestCase):
	def test_the_page_is_as_wide_as_the_roll_and_as_long_as_the_slip(self) -> None:
		invoice = make_billed_invoice()
		for width in (58, 80):
			pdf = document_pdf("Sales Invoice", invoice, f"Agent Billing Slip {width} mm")
			reader = PdfReader(io.BytesIO(pdf))
			self.assertEqual(len(reader.pages), 1)
			box = reader.pages[0].mediabox
			self.assertEqual(round(float(box.width) * 25.4 / 72), width)
			self.assertLess(float(box.height) * 25.4 / 72, 200)
			self.assertIn("99.00", reader.pages[0].extract_text())

	def test_markup_comes_out_as_text(self) -> None:
		invoice = make_invoice(usage_line(item_name="<script>", description="<b>x</b> {{ 7*7 }}"))
		with print_language("en"):
			page = frappe.get_print("Sales Invoice", invoice.name, "Agent Billing Slip 58 mm", doc=invoice)
		self.assertIn("x {{ 7*7 }}", page)
		self.assertNotIn("<b>x</b>", page)
