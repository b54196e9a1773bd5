"""What a customer sees and buys of prepaid credits in the portal, and nothing of another's."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from io import BytesIO
from urllib.parse import quote

import frappe
from pypdf import PdfReader

from paygent_billing.portal.methods import wallet_statement
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.tests.factories import (
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.wallets import balance, buy, check_of, give
from paygent_billing.tests.web import WebSite, make_key, user_of

BUY = "/api/method/paygent_billing.portal.methods.buy_credits"
STATEMENT = "/api/method/paygent_billing.portal.methods.wallet_statement"


class TestPortalCredits(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.site = WebSite().__enter__()
		cls.addClassCleanup(cls.site.__exit__)

	def setUp(self) -> None:
		super().setUp()
		today = datetime.now(timezone.utc).date()
		self.customer, self.other = make_customer("Mine"), make_customer("Canary")
		self.key = make_key("Customer")
		customer = frappe.get_doc("Customer", self.customer)
		customer.append("portal_users", {"user": user_of(self.key)})
		customer.save()
		for name, amount in ((self.customer, "30"), (self.other, "77.77")):
			agent = make_agent(usage_charge(make_metric(), 1))
			make_active_order(
				{"agent": agent},
				at=datetime.now(timezone.utc),
				customer=name,
				start_date=today.replace(day=1),
			)
			give(name, amount, today, reason="<b>Hello</b> {{ 7*7 }}")
		mark_as_paid(buy(self.customer, "12.50", today), on=today)
		frappe.db.commit()

	def _page(self, key: str | None) -> tuple[int, str]:
		headers = {"Authorization": f"token {key}"} if key else {}
		return self.site.call("GET", "/credits", headers=headers)

	def _buy(self, wallet: str, **values: object) -> tuple[int, dict]:
		body = {"wallet": wallet, "amount": "20", "key": "click-1", **values}
		status, text = self.site.post(BUY, body, self.key)
		self.assertNotIn("Traceback", text)
		frappe.db.rollback()
		return status, json.loads(text)

	def test_the_page_shows_what_is_mine_as_text_and_nothing_of_others(self) -> None:
		status, page = self._page(self.key)
		self.assertEqual(status, 200)
		self.assertIn("42.50", page)
		self.assertIn("Credits bought", page)
		self.assertIn("&lt;b&gt;Hello&lt;/b&gt; {{ 7*7 }}", page)
		self.assertNotIn("Canary", page)
		self.assertNotIn("77.77", page)

	def test_a_guest_is_sent_to_sign_in(self) -> None:
		status, page = self._page(None)
		self.assertIn(status, (301, 302))
		self.assertNotIn("Mine", page)

	def test_credits_are_bought_once_and_wait_for_their_payment(self) -> None:
		wallet = f"{self.customer} USD"
		status, answer = self._buy(wallet)
		self.assertEqual(status, 200)
		self.assertEqual(self._buy(wallet), (200, answer))
		self.assertEqual(balance(self.customer), (42.5, 20.0))
		invoice = frappe.get_doc("Sales Invoice", answer["message"]["invoice"])
		self.assertEqual((invoice.customer, invoice.net_total), (self.customer, 20))
		self.assertEqual(invoice.billing_origin, "Top-up")
		self.assertEqual(check_of(self.customer).faults, ())

	def test_purchases_that_are_not_paid_are_bounded(self) -> None:
		wallet = f"{self.customer} USD"
		statuses = [self._buy(wallet, key=f"click-{number}")[0] for number in range(4)]
		self.assertEqual(statuses, [200, 200, 200, 417])
		self.assertEqual(balance(self.customer), (42.5, 60.0))

	def test_nobody_buys_or_reads_for_another(self) -> None:
		other = f"{self.other} USD"
		self.assertEqual(self._buy(other)[0], 403)
		self.assertEqual(self._buy("no such wallet")[0], 403)
		self.assertEqual(self.site.post(BUY, {"wallet": other, "amount": "5", "key": "k"})[0], 403)
		self.assertEqual(balance(self.other), (77.77, 0.0))
		status, text = self._statement(other)
		self.assertEqual(status, 403)
		self.assertNotIn("77.77", text)

	def test_amounts_that_make_no_sense_are_refused(self) -> None:
		for amount in ("0", "-5", "1.005", "NaN", "1e30", "<b>"):
			with self.subTest(amount):
				self.assertEqual(self._buy(f"{self.customer} USD", amount=amount)[0], 417)
		self.assertEqual(balance(self.customer), (42.5, 0.0))

	def test_the_statement_is_a_pdf_with_every_entry(self) -> None:
		frappe.set_user(user_of(self.key))
		wallet_statement(f"{self.customer} USD", "2026-01-01", "2027-12-31")
		pages = PdfReader(BytesIO(frappe.local.response.filecontent)).pages
		text = "".join(page.extract_text() for page in pages)
		for words in ("Prepaid credits", "Credits bought", "12.50", "42.50", "Granted"):
			self.assertIn(words, text)

	def _statement(self, wallet: str) -> tuple[int, str]:
		headers = {"Authorization": f"token {self.key}"}
		path = f"{STATEMENT}?wallet={quote(wallet)}&first_day=2026-01-01&last_day=2026-12-31"
		return self.site.call("GET", path, headers=headers)
