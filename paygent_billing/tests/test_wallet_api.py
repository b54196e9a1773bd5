"""Credits over HTTP: reservations by a key that can only send usage, sales and grants by people."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import frappe

from paygent_billing.services.usage.access import ROLE
from paygent_billing.tests.factories import (
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.wallets import COMPANY, balance, check_of, give
from paygent_billing.tests.web import WebSite, make_key

PATH = "/api/method/paygent_billing.api.wallets."


class TestWalletApi(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.site = WebSite().__enter__()
		cls.addClassCleanup(cls.site.__exit__)
		cls.sender, cls.manager = make_key(ROLE), make_key("Accounts Manager", "Accounts User")
		cls.clerk = make_key("Accounts User")

	def setUp(self) -> None:
		super().setUp()
		self.now = datetime.now(timezone.utc)
		self.customer, self.metric = make_customer(), make_metric()
		self.agent = make_agent(usage_charge(self.metric, 1))
		make_active_order(
			{"agent": self.agent, "overage": "Block"},
			at=self.now,
			customer=self.customer,
			start_date=self.now.date().replace(day=1),
		)
		give(self.customer, "10", self.now.date())
		frappe.db.commit()

	def _post(self, method: str, body: object, key: str | None = None) -> tuple[int, object]:
		status, text = self.site.post(PATH + method, body, key or self.sender)
		self.assertNotIn("Traceback", text)
		answer = json.loads(text)
		return status, answer.get("message", answer)

	def _sale(self) -> dict[str, object]:
		values = {"customer": self.customer, "company": COMPANY, "currency": "USD"}
		return {**values, "amount": "50", "key": "k-1"}

	def _wish(self, **values: object) -> dict[str, object]:
		return {"customer": self.customer, "agent": self.agent, "amount": "6.00", **values}

	def test_an_agent_asks_spends_and_settles(self) -> None:
		status, answer = self._post("may_spend", self._wish())
		self.assertEqual((status, answer["allowed"], answer["left"]), (200, True, "4.00"))
		self.assertEqual(self._post("may_spend", self._wish())[1]["allowed"], False)
		event = {
			"id": "call-1",
			"agent": self.agent,
			"metric": self.metric,
			"quantity": "5.5",
			"occurred_at": self.now.isoformat(),
		}
		body = {"customer": self.customer, "reservation": answer["reservation"], "event": event}
		self.assertEqual(self._post("settle", body), (200, {"id": "call-1", "status": "accepted"}))
		self.assertEqual(self._post("settle", body), (200, {"id": "call-1", "status": "duplicate"}))
		status, answer = self._post("may_spend", self._wish(amount="4.50"))
		self.assertEqual((answer["allowed"], answer["left"]), (True, "0.00"))
		body = {"customer": self.customer, "reservation": answer["reservation"]}
		self.assertEqual(self._post("release", body), (200, {"released": True}))

	def test_bad_requests_are_refused_and_reserve_nothing(self) -> None:
		for values, status in [
			({"amount": "NaN"}, 422),
			({"amount": "-1"}, 422),
			({"amount": "1e400"}, 422),
			({"amount": None}, 422),
			({"seconds": 0}, 422),
			({"seconds": True}, 422),
			({"seconds": 10**9}, 422),
			({"customer": {"a": 1}}, 422),
			({"customer": "No such customer"}, 422),
			({"agent": "No such agent"}, 422),
			({"agent": "x" * 141}, 422),
			({"key": ["k"]}, 422),
			({"unknown": 1}, 422),
		]:
			with self.subTest(values):
				found, answer = self._post("may_spend", self._wish(**values))
				self.assertEqual((found, answer["status"]), (status, "refused"))
		self.assertEqual(self._post("may_spend", b"{")[0], 400)
		self.assertEqual(self._post("may_spend", [1])[0], 422)
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Credit Reservation", {"customer": self.customer}), 0)

	def test_selling_and_granting_are_for_people_with_the_right(self) -> None:
		sale = {
			"customer": self.customer,
			"company": COMPANY,
			"currency": "USD",
			"amount": "50",
			"key": "k-1",
		}
		gift = {**sale, "reason": "Sorry"}
		del gift["company"]
		for key in (self.sender, make_key("Customer")):
			for method, body in (("top_up", sale), ("grant", gift)):
				with self.subTest(method):
					self.assertEqual(self._post(method, body, key)[0], 403)
		self.assertEqual(self._post("grant", gift, self.clerk)[0], 403)
		frappe.db.rollback()
		self.assertEqual(balance(self.customer), (10.0, 0.0))

	def test_a_repeated_sale_is_one_invoice(self) -> None:
		sale = {
			"customer": self.customer,
			"company": COMPANY,
			"currency": "USD",
			"amount": "50",
			"key": "k-1",
		}
		first = self._post("top_up", sale, self.manager)
		self.assertEqual(first[0], 200)
		self.assertEqual(self._post("top_up", sale, self.manager), first)
		self.assertEqual(self._post("top_up", {**sale, "amount": "51"}, self.manager)[0], 409)
		frappe.db.rollback()
		self.assertEqual(balance(self.customer), (10.0, 50.0))
		self.assertEqual(check_of(self.customer).faults, ())

	def test_a_grant_says_who_and_why(self) -> None:
		gift = {"customer": self.customer, "currency": "USD", "amount": "5", "reason": "Sorry", "key": "g-1"}
		self.assertEqual(self._post("grant", gift, self.manager)[0], 200)
		self.assertEqual(self._post("grant", gift, self.manager)[0], 200)
		self.assertEqual(self._post("grant", {**gift, "key": "g-2", "reason": " "}, self.manager)[0], 417)
		frappe.db.rollback()
		self.assertEqual(balance(self.customer), (15.0, 0.0))
		entry = frappe.get_last_doc("Wallet Entry", {"wallet": f"{self.customer} USD"})
		self.assertEqual((entry.reason, entry.owner.endswith("@example.com")), ("Sorry", True))

	def test_an_overview_is_for_who_may_read_the_wallet(self) -> None:
		name = f"{self.customer} USD"
		path = f"{PATH}overview?wallet={name.replace(' ', '%20')}"
		headers = {"Authorization": f"token {self.clerk}"}
		status, text = self.site.call("GET", path, headers=headers)
		self.assertEqual((status, json.loads(text)["message"]["left"]), (200, "10.00"))
		headers = {"Authorization": f"token {self.sender}"}
		self.assertEqual(self.site.call("GET", path, headers=headers)[0], 403)
