"""The customer's view, as a guest over real HTTP: what a token opens, and that all else looks the same."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from http.client import HTTPConnection, HTTPResponse

import frappe
from frappe.utils import add_to_date, now_datetime
from pypdf import PdfReader

from paygent_billing.api import links as api
from paygent_billing.services.invoices.history import history_of
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.stored_pdf import make_waiting_pdfs, stored_pdf
from paygent_billing.services.links.limit import PER_LINK
from paygent_billing.tests.printer import print_on_paper
from paygent_billing.tests.site_case import SiteTestCase, day
from paygent_billing.tests.test_invoice_template import forget_waiting, make_billed_invoice
from paygent_billing.tests.web import WebSite, make_key


class LinkCase(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.site = WebSite()
		cls.site.__enter__()
		cls.addClassCleanup(cls.site.__exit__)

	def tearDown(self) -> None:
		frappe.flags.slip_link = None
		super().tearDown()

	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_keys("paygent_limit")
		forget_waiting()
		self.invoice = make_billed_invoice()

	def new_token(self) -> str:
		link = api.create(self.invoice)["link"]
		frappe.db.commit()
		return link.rsplit("/", 1)[1]

	def get(self, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
		connection = HTTPConnection("127.0.0.1", self.site.port, timeout=60)
		try:
			connection.request(method, path)
			answer = connection.getresponse()
			return answer, answer.read()
		finally:
			connection.close()

	def link_row(self) -> frappe._dict:
		frappe.db.rollback()
		return frappe.get_last_doc("Invoice Link", {"sales_invoice": self.invoice})


class TestTheCustomersView(LinkCase):
	def test_a_guest_with_the_token_sees_the_invoice_and_its_history(self) -> None:
		mark_as_paid(self.invoice, on=day("2026-01-05"))
		answer, body = self.get(f"/i/{self.new_token()}")
		page = body.decode()
		self.assertEqual(answer.status, 200)
		for words in (self.invoice, "Platform fee", "99.00", "Issued", "USD 99.00 paid", "Paid in full"):
			self.assertIn(words, page)
		self.assertNotIn("<script", page)
		self.assertNotRegex(page, r'(src|href)="(https?:)?//')

	def test_its_headers_keep_it_out_of_caches_frames_referrers_and_search(self) -> None:
		answer, _body = self.get(f"/i/{self.new_token()}")
		self.assertEqual(answer.headers["Cache-Control"], "no-store, private")
		self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
		self.assertEqual(answer.headers["X-Robots-Tag"], "noindex, nofollow, noarchive")
		policy = answer.headers["Content-Security-Policy"]
		self.assertIn("default-src 'none'", policy)
		self.assertIn("frame-ancestors 'none'", policy)
		self.assertNotIn("script-src", policy)

	def test_the_pdf_is_the_stored_one(self) -> None:
		make_waiting_pdfs()
		answer, body = self.get(f"/i/{self.new_token()}/pdf")
		self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/pdf"))
		self.assertEqual(body, stored_pdf(self.invoice))
		self.assertEqual(answer.headers["Content-Disposition"], f'attachment; filename="{self.invoice}.pdf"')
		self.assertEqual(answer.headers["Cache-Control"], "no-store, private")

	def test_only_the_hash_of_256_random_bits_is_kept(self) -> None:
		token = self.new_token()
		self.assertRegex(token, r"^[\w-]{43}$")
		row = self.link_row()
		self.assertEqual(row.token_hash, hashlib.sha256(token.encode()).hexdigest())
		self.assertNotIn(token, frappe.as_json(row.as_dict()))

	def test_the_first_look_is_remembered(self) -> None:
		token = self.new_token()
		self.assertIsNone(self.link_row().first_seen)
		self.get(f"/i/{token}")
		first = self.link_row().first_seen
		self.assertIsNotNone(first)
		self.get(f"/i/{token}")
		self.assertEqual(self.link_row().first_seen, first)

	def test_a_void_invoice_says_so(self) -> None:
		token = self.new_token()
		frappe.get_doc("Sales Invoice", self.invoice).cancel()
		frappe.db.commit()
		page = self.get(f"/i/{token}")[1].decode()
		self.assertIn("Cancelled", page)
		self.assertIn("Void", page)

	def test_an_invoice_that_was_replaced_names_the_one_in_its_place(self) -> None:
		document = frappe.get_doc("Sales Invoice", self.invoice)
		document.update({"docstatus": 2, "replaced_by": "SINV-NEW"})
		self.assertEqual(
			[moment.words for moment in history_of(document)], ["Issued", "Replaced by SINV-NEW"]
		)


class TestWhatATokenDoesNotOpen(LinkCase):
	def test_wrong_expired_and_revoked_tokens_look_the_same(self) -> None:
		expired, revoked = self.new_token(), self.new_token()
		for token, field in ((expired, "expires_at"), (revoked, "revoked_at")):
			hashed = hashlib.sha256(token.encode()).hexdigest()
			before = add_to_date(now_datetime(), seconds=-1)
			frappe.db.set_value("Invoice Link", {"token_hash": hashed}, field, before)
		frappe.db.commit()
		wrong = "A" * 43
		answers = [
			self.get(f"/i/{token}{path}") for token in (wrong, expired, revoked, "x") for path in ("", "/pdf")
		]
		self.assertEqual({answer.status for answer, _body in answers}, {404})
		self.assertEqual(len({body for _answer, body in answers}), 1)
		self.assertNotIn(self.invoice, answers[0][1].decode())
		kept = [
			{name: value for name, value in answer.headers.items() if name not in ("Date", "X-Page-Name")}
			for answer, _body in answers
		]
		self.assertTrue(all(headers == kept[0] for headers in kept))

	def test_a_draft_is_not_visible_even_with_a_link(self) -> None:
		token = self.new_token()
		frappe.db.set_value("Sales Invoice", self.invoice, "docstatus", 0)
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "Sales Invoice", self.invoice, "docstatus", 1)
		self.assertEqual(self.get(f"/i/{token}")[0].status, 404)
		self.assertEqual(self.get(f"/i/{token}/pdf")[0].status, 404)

	def test_no_link_is_made_for_a_draft(self) -> None:
		draft = frappe.copy_doc(frappe.get_doc("Sales Invoice", self.invoice))
		draft.docstatus = 0
		draft.flags.from_billing = True
		draft.insert()
		with self.assert_refused("is a draft. Issue it first: customers see no drafts."):
			api.create(draft.name)

	def test_a_token_opens_its_own_invoice_and_no_file_of_the_site(self) -> None:
		make_waiting_pdfs()
		row = frappe.get_doc("Invoice PDF", {"sales_invoice": self.invoice})
		url = frappe.db.get_value("File", row.file, "file_url")
		self.assertEqual(self.get(url)[0].status, 403)
		self.assertEqual(self.get(f"/i/{self.new_token()}", method="POST")[0].status, 404)

	def test_too_many_looks_are_held_off_whatever_address_they_claim(self) -> None:
		token = self.new_token()
		seen = 0
		while self._look(token, seen) == 200:
			seen += 1
			self.assertLess(seen, 2 * PER_LINK + 1)  # a new minute may begin in between
		self.assertGreaterEqual(seen, PER_LINK)
		self.assertEqual(self._look(token, seen), 429)

	def _look(self, token: str, number: int) -> int:
		claimed = f"10.0.{number // 250}.{number % 250}"
		return self.site.call("GET", f"/i/{token}", headers={"X-Forwarded-For": claimed})[0]


class TestLinksInTheDesk(LinkCase):
	def test_a_revoked_link_says_who_and_when(self) -> None:
		token = self.new_token()
		api.revoke(self.link_row().name)
		frappe.db.commit()
		row = self.link_row()
		self.assertEqual(row.revoked_by, "Administrator")
		self.assertEqual(self.get(f"/i/{token}")[0].status, 404)
		with self.assert_refused("The link is revoked already."):
			api.revoke(row.name)

	def test_who_may_not_read_the_invoice_makes_lists_and_revokes_no_link(self) -> None:
		self.new_token()
		link, before = self.link_row().name, frappe.db.count("Invoice Link")
		key = make_key("Usage Sender")
		asked = (
			("create", {"invoice": self.invoice}),
			("of_invoice", {"invoice": self.invoice}),
			("revoke", {"link": link}),
			("preview", {"doc": frappe.as_json({"name": self.invoice})}),
			("slip", {"doctype": "Sales Invoice", "name": self.invoice, "width": 58}),
			("slip_pdf", {"doctype": "Sales Invoice", "name": self.invoice, "width": 58}),
		)
		for method, body in asked:
			for who in (key, None):
				status, text = self.site.post(f"/api/method/paygent_billing.api.links.{method}", body, who)
				self.assertEqual((method, status), (method, 403))
				self.assertNotIn("99.00", text)
		self.assertIsNone(self.link_row().revoked_at)
		self.assertEqual(frappe.db.count("Invoice Link"), before)

	def test_the_preview_shows_the_form_as_it_is_and_writes_nothing(self) -> None:
		document = frappe.get_doc("Sales Invoice", self.invoice).as_dict(convert_dates_to_str=True)
		document["po_no"] = "<b>PO-77</b>"
		page = api.preview(frappe.as_json(document))
		self.assertIn("&lt;b&gt;PO-77&lt;/b&gt;", page)
		self.assertFalse(frappe.db.get_value("Sales Invoice", self.invoice, "po_no"))

	def test_a_slip_has_the_qr_code_of_a_new_link(self) -> None:
		answer = api.slip("Sales Invoice", self.invoice, 58)
		paper = print_on_paper(base64.b64decode(answer["content"]))
		self.assertEqual(answer["filename"], f"{self.invoice}-58mm.bin")
		self.assertEqual(len(paper.pictures), 1)
		self.assertTrue(re.search(r"Amount Due +USD 99.00", paper.text))
		frappe.db.commit()
		self.assertEqual(self.link_row().origin, "Slip")

	def test_a_slip_as_pdf_is_as_wide_as_the_roll_and_has_a_link_of_its_own(self) -> None:
		before = frappe.db.count("Invoice Link", {"sales_invoice": self.invoice})
		answer = api.slip_pdf("Sales Invoice", self.invoice, 80)
		page = PdfReader(io.BytesIO(base64.b64decode(answer["content"]))).pages[0]
		self.assertEqual(round(float(page.mediabox.width) * 25.4 / 72), 80)
		self.assertIn("Scan to see it online", page.extract_text())
		self.assertEqual(frappe.db.count("Invoice Link", {"sales_invoice": self.invoice}), before + 1)

	def test_a_slip_of_anything_else_is_refused(self) -> None:
		for doctype, width in (("User", 58), ("Sales Invoice", 70)):
			with self.assert_refused("A slip is of a Sales Invoice or Billing Receipt, 58 or 80 mm wide."):
				api.slip(doctype, self.invoice, width)


class TestRowsThatOnlyServicesWrite(LinkCase):
	def test_none_is_added_changed_or_deleted_by_hand(self) -> None:
		self.new_token()
		for doctype in ("Invoice Link", "Invoice PDF"):
			row = frappe.get_doc(doctype, {"sales_invoice": self.invoice})
			with self.subTest(doctype), self.assert_refused("is written by the billing itself"):
				row.save()
			with self.subTest(doctype), self.assert_refused("is a record of what happened"):
				frappe.delete_doc(doctype, row.name)
		for doctype in ("Invoice Link", "Invoice PDF", "Invoice Delivery", "Event Delivery"):
			row = frappe.new_doc(doctype)
			row.update({"sales_invoice": self.invoice})
			with self.subTest(doctype), self.assert_refused("is written by the billing itself"):
				row.insert(ignore_mandatory=True, ignore_links=True)
