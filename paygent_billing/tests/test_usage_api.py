"""Usage over HTTP: what is answered, what is stored, and what a key in an agent's code may do."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import frappe

from paygent_billing.services.usage.access import ROLE
from paygent_billing.services.usage.results import Status
from paygent_billing.tests.factories import bill
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import iso, make_sender, send
from paygent_billing.tests.web import WebSite, make_key

API = "/api/method/paygent_billing.api.usage."
TABLES = ("Usage Event", "Usage Day", "Quarantined Usage")

BAD_FIELDS = [
	({"id": 5}, "id: must be text"),
	({"id": ""}, "id: must have 1 to 140 characters"),
	({"id": "x" * 141}, "id: must have 1 to 140 characters"),
	({"id": "a\x00b"}, "id: must not hold control characters"),
	({"id": "a\ud800b"}, "id: must not hold control characters"),
	({"id": "<img src=x onerror=alert(1)>"}, "id: must not hold control characters, < or >"),
	({"id": " a"}, "nor begin or end with a space"),
	({"id": None}, "id: must be text"),
	({"customer": {"name": "Acme"}}, "customer: must be text"),
	({"agent": ["a"]}, "agent: must be text"),
	({"metric": True}, "metric: must be text"),
	({"quantity": "many"}, "quantity: must be a number"),
	({"quantity": True}, "quantity: must be a number"),
	({"quantity": None}, "quantity: must be a number"),
	({"quantity": []}, "quantity: must be a number"),
	({"quantity": "NaN"}, "quantity: must be a number below 10^12"),
	({"quantity": "1_000"}, "quantity: must be a number"),
	({"quantity": "Infinity"}, "quantity: must be a number below 10^12"),
	({"quantity": 1e308}, "quantity: must be a number below 10^12"),
	({"quantity": 10**400}, "quantity: must be a number below 10^12"),
	({"quantity": 10**12}, "quantity: must be a number below 10^12"),
	({"quantity": "0.0000000001"}, "quantity: must have at most nine decimals"),
	({"quantity": -1}, "quantity: must not be negative"),
	({"occurred_at": "yesterday"}, "occurred_at: must be a time with a zone"),
	({"occurred_at": "2026-01-10T12:00:00"}, "occurred_at: must be a time with a zone"),
	({"occurred_at": 1767225600}, "occurred_at: must be a time with a zone"),
	({"occurred_at": "2026-02-30T12:00:00Z"}, "occurred_at: must be a time that exists"),
	({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at: must be a time from 1970 to 2199"),
	({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at: must be a time from 1970 to 2199"),
	({"properties": "text"}, "properties: must be an object"),
	({"properties": {"a": [1]}}, "properties: must be text, numbers, true, false or null"),
	({"properties": {"a": "x" * 20000}}, "properties: must be at most 10000 characters"),
	({"properties": {"a": "\ud800"}}, "properties: must hold only characters that exist"),
	({"properties": {"a": 12345678901234567890}}, "properties: must have numbers of at most 15 digits"),
	({"properties": {"": 1}}, "properties: must have names"),
	(
		{"properties": {str(number): 1 for number in range(51)}},
		"properties: must be an object with at most 50",
	),
	({"price": 0}, "price: is no field"),
	({"x" * 1_000_000: 0}, "a field: is no field"),
	({"occurred_at": ...}, "occurred_at: is missing"),
	({"agent": ...}, "agent: is missing"),
]

BAD_BODIES = [
	(b"", 400),
	(b"{", 400),
	(b"null", None),
	(b"5", None),
	(b'"text"', None),
	(b"[]", 422),
	(b"\xff\xfe{}", 400),
	(b'{"id": NaN}', 400),
	(b'{"quantity": Infinity}', 400),
	(b'{"id": "a", "id": "b"}', 400),
	(b'{"quantity": ' + b"9" * 5000 + b"}", 400),
	(b'{"quantity": 1e999999999999999999999}', 400),
	(b"[" * 100_000, 400),
	(b'{"properties":' * 900 + b"1" + b"}" * 900, None),
	(b'{"properties":' * 100_000 + b"1" + b"}" * 100_000, 400),
	(b'{"a": "' + b"x" * (11 * 1024 * 1024) + b'"}', 413),
]


class TestUsageOverHttp(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.sender, cls.key, cls.reader = make_sender(), make_key(ROLE), make_key("Accounts User")
		frappe.db.commit()
		cls.site = cls.enterClassContext(WebSite())

	def event(self, **values: object) -> dict[str, object]:
		event = self.sender.event(**{"occurred_at": iso(datetime.now(timezone.utc)), **values})
		return {name: value for name, value in event.items() if value is not ...}

	def post(self, method: str, body: object, key: str | None = None) -> tuple[int, dict]:
		status, text = self.site.post(API + method, body, key or self.key)
		self.assertNotIn("Traceback", text)
		return status, json.loads(text)["message"]

	def counts(self) -> list[int]:
		frappe.db.rollback()
		return [frappe.db.count(table) for table in TABLES]

	def test_one_event_is_recorded_once(self) -> None:
		event = self.event()
		self.assertEqual(self.post("record", event), (200, {"id": event["id"], "status": "accepted"}))
		self.assertEqual(self.post("record", event), (200, {"id": event["id"], "status": "duplicate"}))
		status, answer = self.post("record", {**event, "quantity": 2})
		self.assertEqual((status, answer["status"], answer["code"]), (409, "conflict", "conflict"))
		status, answer = self.post("record", self.event(customer="Nobody"))
		self.assertEqual((status, answer["status"], answer["code"]), (202, "quarantined", "unknown_customer"))

	def test_a_batch_answers_for_each_event(self) -> None:
		events = [self.event(), self.event(quantity="x"), self.event()]
		status, answer = self.post("record_batch", {"events": [*events, events[0]]})
		self.assertEqual(status, 200)
		self.assertEqual(
			[row["status"] for row in answer["results"]], ["accepted", "refused", "accepted", "duplicate"]
		)
		self.assertEqual(answer["results"][1]["reason"], "quantity: must be a number")
		self.assertEqual(
			answer["counts"],
			{status.value: 0 for status in Status} | {"accepted": 2, "refused": 1, "duplicate": 1},
		)

	def test_a_correction_over_http(self) -> None:
		event = self.event(quantity=5)
		self.post("record", event)
		name = {"customer": self.sender.customer, "id": event["id"]}
		self.assertEqual(self.post("amend", {**name, "quantity": 6})[1]["status"], "accepted")
		self.assertEqual(self.post("void", name)[1]["status"], "accepted")
		self.assertEqual(self.post("void", name)[1]["status"], "duplicate")
		self.assertEqual(self.post("amend", {**name, "quantity": 6})[0], 409)
		self.assertEqual(self.post("void", {**name, "id": "none"})[0], 404)

	def test_bad_fields_are_refused_with_what_is_wrong_and_nothing_is_stored(self) -> None:
		before = self.counts()
		for values, message in BAD_FIELDS:
			with self.subTest(values=str(values)[:80]):
				status, answer = self.post("record", self.event(**values))
				if status == 400 and frappe.__version__ >= "16":
					self.assertEqual(answer["code"], "malformed")  # Frappe 16 refuses such a body itself
					continue
				self.assertEqual((status, answer["status"], answer["code"]), (422, "refused", "invalid"))
				self.assertIn(message, answer["reason"])
				self.assertLess(len(answer["reason"]), 501)
		self.assertEqual(self.counts(), before)

	def test_bad_bodies_are_answered_with_4xx_without_a_traceback_and_nothing_is_stored(self) -> None:
		before = self.counts()
		for method in ("record", "record_batch", "amend", "void"):
			for body, expected in BAD_BODIES:
				with self.subTest(method=method, body=body[:30]):
					status, text = self.site.post(API + method, body, self.key)
					self.assertIn(status, [expected] if expected else range(400, 500))
					self.assertFalse("Traceback" in text, text[:300])
		self.assertEqual(self.counts(), before)

	def test_fifty_megabytes_and_ten_thousand_events_are_too_large(self) -> None:
		before = self.counts()
		status, text = self.site.post(
			API + "record_batch", b'{"events": ["' + b"x" * 50_000_000 + b'"]}', self.key
		)
		self.assertEqual((status, "Traceback" in text), (413, False))
		status, answer = self.post("record_batch", {"events": [{}] * 10_000})
		self.assertEqual((status, answer["code"]), (413, "too_many"))
		self.assertEqual(self.counts(), before)

	def test_a_batch_of_anything_else_is_refused(self) -> None:
		for body in ({}, {"events": {}}, {"events": [], "more": 1}, {"event": []}, []):
			status, answer = self.post("record_batch", body)
			self.assertEqual((status, answer["code"]), (422, "invalid"))
		status, answer = self.post("record_batch", {"events": [None, 5, "x", [], {}, [[]]]})
		self.assertEqual((status, {row["code"] for row in answer["results"]}), (200, {"invalid"}))

	def test_usage_is_read_back_by_day_and_with_its_cost(self) -> None:
		sender = make_sender()
		moment = datetime.now(timezone.utc)
		events = [
			{**sender.event(quantity=quantity, occurred_at=iso(moment)), "customer": sender.customer}
			for quantity in (2, "0.5")
		]
		self.post("record_batch", {"events": events})
		query = {"customer": sender.customer}
		status, answer = self.post("by_day", query, self.reader)
		day = {
			"day": moment.date().isoformat(),
			"agent": sender.agent,
			"metric": sender.metric,
			"quantity": "2.5",
			"events": 2,
		}
		self.assertEqual((status, answer), (200, {"customer": sender.customer, "days": [day]}))
		self.assertEqual(self.post("by_day", {**query, "metric": "none"}, self.reader)[1]["days"], [])
		self.assertEqual(self.post("by_day", {**query, "first_day": "soon"}, self.reader)[0], 422)
		self.assertEqual(self.post("by_day", {"customer": "Nobody"}, self.reader)[0], 404)
		order = self.post("so_far", query, self.reader)[1]["orders"][0]
		self.assertEqual((order["order"], order["amount"], order["currency"]), (sender.order, "2.50", "USD"))
		self.assertEqual(
			[(line["quantity"], line["unit_price"], line["amount"]) for line in order["lines"]],
			[("2.5", "1.00", "2.50")],
		)
		self.assertEqual(self.post("unbilled", query, self.reader)[1], {"unbilled": {"period not ended": 2}})


class TestUsageSender(SiteTestCase):
	"""The key in an agent's code can send usage and do nothing else."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.sender, cls.key = make_sender(), make_key(ROLE)
		frappe.db.commit()
		cls.site = cls.enterClassContext(WebSite())

	def get(self, path: str) -> int:
		return self.site.call("GET", path, None, {"Authorization": f"token {self.key}"})[0]

	def test_it_reads_no_document_of_billing_or_of_the_ledger(self) -> None:
		doctypes = frappe.get_all(
			"DocType", {"module": "Paygent Billing", "istable": 0, "issingle": 0}, pluck="name"
		)
		self.assertEqual(self.get("/api/resource/Paygent%20Settings/Paygent%20Settings"), 403)
		for doctype in [
			*doctypes,
			"Customer",
			"Sales Invoice",
			"Payment Entry",
			"GL Entry",
			"Item",
			"User",
			"File",
		]:
			with self.subTest(doctype):
				path = "/api/resource/" + doctype.replace(" ", "%20")
				self.assertIn(self.get(path), (403,) if doctype not in ("User", "File") else (200, 403))
				rows = self.site.call("GET", path, None, {"Authorization": f"token {self.key}"})[1]
				self.assertNotIn(self.sender.customer, rows)

	def test_it_writes_no_document_and_calls_no_other_method_of_ours(self) -> None:
		billed, sender = make_sender(), make_sender()
		send(billed.event())
		(invoice,) = bill(billed.order, utc(2026, 2, 1)).invoices
		event = {**sender.event(), "doctype": "Usage Event", "event_id": "x", "ai_agent": sender.agent}
		doors = [
			("/api/resource/Usage%20Event", event),
			("/api/method/frappe.client.insert", {"doc": event}),
			("/api/method/frappe.client.get_value", {"doctype": "Customer", "fieldname": "name"}),
			(
				"/api/method/frappe.client.set_value",
				{"doctype": "Customer", "name": sender.customer, "fieldname": "disabled", "value": 1},
			),
			(API + "by_day", {"customer": sender.customer}),
			(API + "so_far", {"customer": sender.customer}),
			(API + "unbilled", {"customer": sender.customer}),
			(API + "events_of_line", {"invoice": invoice, "row": "1"}),
			(API + "export_of_line", {"invoice": invoice, "row": "1"}),
			(API + "verify_line", {"invoice": invoice, "row": "1"}),
			(API + "resubmit", {"names": "[]"}),
			(API + "discard", {"names": "[]"}),
			(API + "import_file", {"file": "/private/files/x.csv"}),
			("/api/method/paygent_billing.api.orders.end", {"order": sender.order}),
			("/api/method/paygent_billing.api.orders.bill_now", {"order": sender.order}),
			("/api/method/paygent_billing.api.orders.preview", {"order": sender.order}),
		]
		for path, body in doors:
			with self.subTest(path):
				status, text = self.site.post(path, body, self.key)
				self.assertEqual(
					(status, "Traceback" in text and path.startswith(API)), (403, False), text[:300]
				)
		self.assertEqual(sender.rows(), [])

	def test_without_a_key_or_the_role_nothing_is_taken(self) -> None:
		sender = make_sender()
		for key in (None, make_key(), make_key("Sales User")):
			for method in ("record", "record_batch", "amend", "void"):
				status, text = self.site.post(API + method, sender.event(), key)
				self.assertEqual((status, "Traceback" in text), (403, False))
		self.assertEqual(self.site.post(API + "record", sender.event(), "wrong:key")[0], 401)
		self.assertEqual(sender.rows(), [])

	def test_it_sends_usage_and_reading_by_get_is_refused(self) -> None:
		self.assertEqual(self.get(API + "record"), 403)
		event = self.sender.event(occurred_at=iso(datetime.now(timezone.utc)))
		self.assertEqual(self.site.post(API + "record", event, self.key)[0], 200)

	def test_every_method_of_ours_is_known_here(self) -> None:
		from paygent_billing.api import usage

		open_to_requests = {id(method) for method in frappe.whitelisted}
		ours = {name for name in vars(usage) if id(getattr(usage, name)) in open_to_requests}
		senders = {"record", "record_batch", "amend", "void"}
		readers = {"by_day", "so_far", "unbilled", "events_of_line", "export_of_line", "verify_line"}
		self.assertEqual(ours, senders | readers | {"resubmit", "discard", "import_file"})
