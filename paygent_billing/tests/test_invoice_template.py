"""Invoice templates, and the stored PDF: private, made once, again after each change, never lost."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime
from pypdf import PdfReader

from paygent_billing.api.printing import download_pdf
from paygent_billing.services.invoices import stored_pdf as service
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.pdf import invoice_pdf
from paygent_billing.services.invoices.presentation import billing_invoice_view
from paygent_billing.services.invoices.stored_pdf import ask_for_pdf, make_waiting_pdfs, stored_pdf
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.tests.factories import bill, invoices_of, make_active_order, unique
from paygent_billing.tests.site_case import SiteTestCase, day, utc
from paygent_billing.tests.test_invoice_pdf import make_invoice, page_of, text_of

KILLED = """
import os, signal, sys
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
from paygent_billing.services.invoices import stored_pdf
store = stored_pdf._store
def store_and_die(invoice, content):
	store(invoice, content)
	os.kill(os.getpid(), signal.SIGKILL)
stored_pdf._store = store_and_die
stored_pdf.make_waiting_pdfs()
"""


def make_template(**values: object) -> str:
	template = frappe.new_doc("Invoice Template")
	template.update({"template_name": unique("Template"), **values})
	return template.insert().name


def make_billed_invoice(**values: object) -> str:
	"""An issued invoice of 99 USD, due on 31 January 2026, committed."""
	order = make_active_order(at=utc(2026, 1, 1), **values)
	bill(order, utc(2026, 1, 1))
	return invoices_of(order)[0].name


def forget_waiting() -> None:
	"""What other tests have left waiting."""
	frappe.db.set_value("Invoice PDF", {"state": "Pending"}, "state", "Made")
	frappe.db.commit()


def text_of_pdf(content: bytes) -> str:
	return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


class TestInvoiceTemplate(SiteTestCase):
	def test_its_words_stand_on_the_invoice(self) -> None:
		template = make_template(
			address="Seller Street 1\nBerlin",
			payment_details="IBAN DE00 1234\nQuote the number",
			footer="Seller Ltd - Registered in Berlin",
		)
		text = text_of(make_invoice(invoice_template=template))
		for words in ("Seller Street 1", "IBAN DE00 1234", "Quote the number", "Registered in Berlin"):
			self.assertIn(words, text)

	def test_a_paid_invoice_asks_for_no_payment(self) -> None:
		template = make_template(payment_details="IBAN DE00 1234")
		view = billing_invoice_view(make_invoice(invoice_template=template, outstanding_amount=0))
		self.assertEqual(view.payment_details, ())

	def test_the_template_of_the_settings_is_for_invoices_without_one(self) -> None:
		default, own = make_template(footer="Default"), make_template(footer="Own")
		frappe.db.set_single_value("Paygent Settings", "invoice_template", default)
		self.addCleanup(frappe.db.set_single_value, "Paygent Settings", "invoice_template", None)
		self.assertEqual(billing_invoice_view(make_invoice()).look.footer, ("Default",))
		view = billing_invoice_view(make_invoice(invoice_template=own))
		self.assertEqual(view.look.footer, ("Own",))

	def test_colours_and_font_are_in_the_style_sheet(self) -> None:
		template = make_template(accent_color="#aa0011", text_color="#001122", font="Serif")
		page = page_of(make_invoice(invoice_template=template))
		for words in ("#aa0011", "#001122", "font-family: Noto Serif, Liberation Serif"):
			self.assertIn(words, page)

	def test_the_pages_have_the_size_that_the_template_asks_for(self) -> None:
		invoice = make_billed_invoice(invoice_template=make_template(page_size="Letter"))
		for content in (stored_pdf(invoice), invoice_pdf(invoice)):
			self.assertEqual(PdfReader(io.BytesIO(content)).pages[0].mediabox.width, 612)

	def test_what_is_no_colour_is_refused(self) -> None:
		with self.assert_refused("Accent Color must be written like #1d4ed8."):
			make_template(accent_color="red; } body { background: url(http://evil)")

	def test_a_footer_of_five_lines_is_refused(self) -> None:
		with self.assert_refused("The footer has room for 4 lines."):
			make_template(footer="1\n2\n3\n4\n5")

	def test_markup_and_jinja_in_its_words_come_out_as_text(self) -> None:
		words = "<script>alert(1)</script> {{ 7*7 }}"
		template = make_template()
		told = dict.fromkeys(("address", "payment_details", "footer"), words)
		frappe.db.set_value("Invoice Template", template, told)  # past the filter of the form
		page = page_of(make_invoice(invoice_template=template))
		self.assertEqual(page.count("&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}"), 3)
		self.assertNotIn("<script>alert(1)", page)

	def test_an_order_hands_its_template_on_to_its_invoices(self) -> None:
		template = make_template()
		invoice = make_billed_invoice(invoice_template=template)
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice, "invoice_template"), template)


class TestStoredPdf(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		forget_waiting()
		self.invoice = make_billed_invoice()

	def row(self) -> frappe._dict:
		fields = ["state", "file", "attempts", "next_try", "error", "revision"]
		return frappe.db.get_value("Invoice PDF", {"sales_invoice": self.invoice}, fields, as_dict=True)

	def test_an_issued_invoice_waits_and_is_made_once_and_kept_private(self) -> None:
		self.assertEqual((self.row().state, self.row().file), ("Pending", None))
		self.assertEqual(make_waiting_pdfs(), {"made": 1, "failed": 0})
		self.assertEqual(make_waiting_pdfs(), {"made": 0, "failed": 0})
		file = frappe.get_doc("File", self.row().file)
		self.assertEqual((file.is_private, file.owner), (1, "Administrator"))
		self.assertEqual((file.attached_to_doctype, file.attached_to_name), ("Sales Invoice", self.invoice))
		self.assertTrue(file.file_url.startswith("/private/files/"))

	def test_download_hands_out_the_stored_file(self) -> None:
		make_waiting_pdfs()
		with patch("paygent_billing.services.invoices.stored_pdf.unchecked_pdf", side_effect=AssertionError):
			download_pdf("Sales Invoice", self.invoice, "Agent Billing Invoice")
			self.assertEqual(frappe.local.response.pop("filecontent"), stored_pdf(self.invoice))

	def test_a_stranger_does_not_get_the_stored_file(self) -> None:
		make_waiting_pdfs()
		frappe.set_user("Guest")
		frappe.local.response.pop("filecontent", None)
		with self.assertRaises(frappe.PermissionError):
			download_pdf("Sales Invoice", self.invoice, "Agent Billing Invoice")
		self.assertNotIn("filecontent", frappe.local.response)

	def test_a_payment_makes_it_again_and_only_the_new_file_stays(self) -> None:
		make_waiting_pdfs()
		first = self.row().file
		mark_as_paid(self.invoice, on=day("2026-01-05"))
		frappe.db.commit()
		self.assertEqual(self.row().state, "Pending")
		self.assertIn("Paid in full", text_of_pdf(stored_pdf(self.invoice)))
		make_waiting_pdfs()
		self.assertIn("Paid in full", text_of_pdf(stored_pdf(self.invoice)))
		self.assertFalse(frappe.db.exists("File", first))
		kept = frappe.get_all("File", filters={"attached_to_name": self.invoice}, pluck="name")
		self.assertEqual(kept, [self.row().file])

	def test_a_void_invoice_and_one_with_another_template_are_made_again(self) -> None:
		make_waiting_pdfs()
		document = frappe.get_doc("Sales Invoice", self.invoice)
		document.invoice_template = make_template(footer="Another footer")
		document.save()
		frappe.db.commit()
		make_waiting_pdfs()
		self.assertIn("Another footer", text_of_pdf(stored_pdf(self.invoice)))
		void_invoice(self.invoice)
		frappe.db.commit()
		make_waiting_pdfs()
		self.assertIn("Cancelled", text_of_pdf(stored_pdf(self.invoice)))

	def test_a_full_disk_loses_nothing(self) -> None:
		full = OSError(28, "No space left on device")
		with patch("frappe.core.doctype.file.file.File.write_file", side_effect=full):
			self.assertEqual(make_waiting_pdfs(), {"made": 0, "failed": 1})
		row = self.row()
		self.assertEqual((row.state, row.file, row.attempts), ("Pending", None, 1))
		self.assertIn("No space left on device", row.error)
		self.assertEqual(make_waiting_pdfs(), {"made": 0, "failed": 0})  # not before its next try
		frappe.db.set_value(
			"Invoice PDF",
			{"sales_invoice": self.invoice},
			"next_try",
			add_to_date(now_datetime(), minutes=-1),
		)
		frappe.db.commit()
		self.assertEqual(make_waiting_pdfs(), {"made": 1, "failed": 0})
		self.assertEqual((self.row().state, self.row().attempts, self.row().error), ("Made", 0, None))

	def test_a_change_while_it_is_made_makes_it_again(self) -> None:
		printed = service.unchecked_pdf

		def change_meanwhile(invoice: str) -> bytes:
			content = printed(invoice)
			service.ask_for_pdf(invoice)
			return content

		with patch.object(service, "unchecked_pdf", change_meanwhile):
			make_waiting_pdfs()
		self.assertEqual((self.row().state, self.row().file), ("Pending", None))
		make_waiting_pdfs()
		self.assertEqual(self.row().state, "Made")

	def test_a_file_that_is_gone_from_the_disk_is_printed_anew(self) -> None:
		make_waiting_pdfs()
		os.remove(frappe.get_doc("File", self.row().file).get_full_path())
		self.assertIn("99.00", text_of_pdf(stored_pdf(self.invoice)))

	def test_a_job_killed_before_its_commit_leaves_the_invoice_waiting(self) -> None:
		program = [sys.executable, "-c", KILLED, frappe.local.site]
		done = subprocess.run(program, cwd=frappe.local.sites_path, timeout=120)
		self.assertEqual(done.returncode, -signal.SIGKILL)
		frappe.db.rollback()
		self.assertEqual((self.row().state, self.row().file, self.row().attempts), ("Pending", None, 0))
		self.assertEqual(make_waiting_pdfs(), {"made": 1, "failed": 0})
		self.assertIn("99.00", text_of_pdf(stored_pdf(self.invoice)))

	def test_two_jobs_at_once_keep_one_file(self) -> None:
		printed = service.unchecked_pdf

		def another_job_meanwhile(invoice: str) -> bytes:
			content = printed(invoice)
			with patch.object(service, "unchecked_pdf", printed):
				service._make(invoice)
			return content

		with patch.object(service, "unchecked_pdf", another_job_meanwhile):
			make_waiting_pdfs()
		kept = frappe.get_all("File", filters={"attached_to_name": self.invoice}, pluck="name")
		self.assertEqual(kept, [self.row().file])

	def test_a_row_that_another_transaction_has_just_added_is_marked(self) -> None:
		with patch("frappe.db.exists", return_value=None):
			ask_for_pdf(self.invoice)
		self.assertEqual(
			(self.row().state, frappe.db.count("Invoice PDF", {"sales_invoice": self.invoice})),
			("Pending", 1),
		)
