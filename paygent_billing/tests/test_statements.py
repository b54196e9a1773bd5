"""A customer's statement: every document once, with the balance after it, and what is open."""

from __future__ import annotations

import io
from decimal import Decimal

import frappe
from pypdf import PdfReader

from paygent_billing.api.statements import download
from paygent_billing.services.invoices.payment import record_payment
from paygent_billing.services.replay.books import company_for
from paygent_billing.services.statements.statement import Request, billing_statement_view
from paygent_billing.tests.factories import bill, invoices_of, make_active_order
from paygent_billing.tests.site_case import SiteTestCase, day, utc


class TestStatements(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.order = make_active_order(at=utc(2026, 1, 1))
		for month in (1, 2, 3):
			bill(self.order, utc(2026, month, 1))
		self.invoices = [invoice.name for invoice in invoices_of(self.order)]
		self.customer = frappe.db.get_value("Billing Order", self.order, "customer")
		self.payments = [
			record_payment(self.invoices[0], Decimal(99), on=day("2026-01-20")),
			record_payment(self.invoices[1], Decimal(40), on=day("2026-02-10")),
		]
		frappe.db.commit()

	def tearDown(self) -> None:
		frappe.flags.statement_request = None
		super().tearDown()

	def statement(self, first: str, last: str):
		frappe.flags.statement_request = Request(company_for("USD"), day(first), day(last))
		return billing_statement_view(frappe.get_doc("Customer", self.customer))

	def test_each_document_is_followed_by_its_balance(self) -> None:
		(account,) = self.statement("2026-02-01", "2026-03-31").accounts
		self.assertEqual((account.currency, account.opening, account.balance), ("USD", "0.00", "158.00"))
		self.assertEqual(
			[(row.kind, row.document, row.charged, row.paid, row.balance) for row in account.rows],
			[
				("Invoice", self.invoices[1], "99.00", "", "99.00"),
				("Payment", self.payments[1], "", "40.00", "59.00"),
				("Invoice", self.invoices[2], "99.00", "", "158.00"),
			],
		)

	def test_open_items_say_how_long_they_are_overdue(self) -> None:
		(account,) = self.statement("2026-01-01", "2026-03-31").accounts
		self.assertEqual(
			[(row.document, row.due, row.days_overdue, row.open) for row in account.open_items],
			[
				(self.invoices[1], "Mar 3, 2026", "28", "59.00"),
				(self.invoices[2], "Mar 31, 2026", "", "99.00"),
			],
		)
		self.assertEqual(account.overdue, "59.00")

	def test_what_came_before_is_brought_forward(self) -> None:
		(account,) = self.statement("2026-02-05", "2026-02-09").accounts
		self.assertEqual((account.opening, account.rows, account.balance), ("99.00", (), "99.00"))

	def test_a_customer_without_documents_has_nothing_to_say(self) -> None:
		self.assertEqual(self.statement("2025-01-01", "2025-12-31").accounts, ())

	def test_it_is_downloaded_as_pdf(self) -> None:
		download(self.customer, company_for("USD"), "2026-01-01", "2026-03-31")
		content = frappe.local.response.pop("filecontent")
		text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
		for words in ("Statement", "Balance brought forward", *self.invoices, "158.00", "Mar 3, 2026"):
			self.assertIn(words, text)

	def test_days_in_the_wrong_order_are_refused(self) -> None:
		with self.assert_refused("The first day must not be after the last day."):
			download(self.customer, company_for("USD"), "2026-03-31", "2026-01-01")

	def test_who_may_not_read_invoices_gets_none(self) -> None:
		user = frappe.new_doc("User")
		user.update({"email": f"{frappe.generate_hash(length=8)}@example.com", "first_name": "Sales"})
		user.send_welcome_email = 0
		user.append("roles", {"role": "Sales Master Manager"})
		user.insert()
		frappe.set_user(user.name)
		frappe.local.response.pop("filecontent", None)
		with self.assertRaises(frappe.PermissionError):
			download(self.customer, company_for("USD"), "2026-01-01", "2026-03-31")
		self.assertNotIn("filecontent", frappe.local.response)
