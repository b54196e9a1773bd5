"""From a usage line back to its events: what is exported has the hash that the line keeps."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256

import frappe
from frappe.model.document import Document

from paygent_billing.api.usage import events_of_line, export_of_line, verify_line
from paygent_billing.services.billing.run import bill_thresholds
from paygent_billing.services.usage import correct
from paygent_billing.services.usage.archive import archive_before
from paygent_billing.services.usage.billed_line import BilledLine, usage_lines_of
from paygent_billing.services.usage.check_evidence import check_invoices
from paygent_billing.services.usage.evidence import export_of
from paygent_billing.tests.factories import (
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	unique,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import Sender, make_sender, send
from paygent_billing.tests.web import WebSite, make_key, user_of

OF_NOTHING = sha256(b"").hexdigest()


class EvidenceCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()

	def line(self, number: int = 0, sender: Sender | None = None) -> BilledLine:
		"""The only usage line of the order's invoice with that number, from 0."""
		(line,) = usage_lines_of(self.invoice(number, sender).name)
		return line

	def invoice(self, number: int = 0, sender: Sender | None = None) -> Document:
		return invoices_of((sender or self.sender).order)[number]

	def exported(self, line: BilledLine) -> list[tuple[str, int, str]]:
		rows = [json.loads(text) for text in export_of(line)]
		return [(row["id"], row["version"], row["quantity"]) for row in rows]

	def assert_holds(self, line: BilledLine, events: list[tuple[str, int, str]]) -> None:
		"""The line was billed from these events, and its hash is that of their export."""
		self.assertEqual(self.exported(line), events)
		self.assertEqual(line.events, len(events))
		self.assertEqual(line.hash, sha256("".join(export_of(line)).encode()).hexdigest())

	def different(self) -> list[tuple[int, str]]:
		"""The lines of the order's invoices that the check names: number of the line and problem."""
		frappe.db.commit()
		names = [invoice.name for invoice in invoices_of(self.sender.order)]
		return [(check.line.number, check.problem) for check in check_invoices(names) if not check.is_equal]


class TestEvidence(EvidenceCase):
	def test_the_export_is_canonical_and_its_hash_is_on_the_line(self) -> None:
		event = self.sender.event
		send(
			event(id="z", quantity="2.50", occurred_at="2026-01-10T12:00:00.120Z"),
			event(id="a 'ü😀", quantity=1, occurred_at="2026-01-10T13:00:00.120+01:00"),
			event(id="early", quantity="0.000000001", properties={"b": 1, "a": "ü\n"}),
			event(id="next", occurred_at="2026-02-01T00:00:00Z"),
			now=utc(2026, 2, 1),
		)
		bill(self.sender.order, utc(2026, 2, 1))
		expected = (
			'{"id":"early","version":0,"occurred_at":"2026-01-10T12:00:00.000Z",'
			'"quantity":"0.000000001","properties":{"a":"ü\\n","b":1}}\n'
			'{"id":"a \'ü😀","version":0,"occurred_at":"2026-01-10T12:00:00.120Z",'
			'"quantity":"1","properties":{}}\n'
			'{"id":"z","version":0,"occurred_at":"2026-01-10T12:00:00.120Z","quantity":"2.5","properties":{}}\n'
		)
		line = self.line()
		self.assertEqual("".join(export_of(line)), expected)
		self.assertEqual((line.events, line.hash), (3, sha256(expected.encode()).hexdigest()))
		self.assertEqual(line.metric, self.sender.metric)

	def test_each_way_to_tamper_with_an_event_is_found_and_the_line_named(self) -> None:
		send(self.sender.event(id="a", quantity=5, properties={"u": "x"}), self.sender.event(id="b"))
		bill(self.sender.order, utc(2026, 2, 1))
		self.assertEqual(self.different(), [])
		for change in (
			"quantity = 5.000000001",
			"occurred_ms = occurred_ms + 1",
			"event_id = 'A'",
			'properties = \'{"u":"y"}\'',
			"billing_period = null",
			"metric = 'another'",
			"is_void = 1",
			"sequence = 7",
		):
			name = frappe.db.get_value("Usage Event", {"customer": self.sender.customer, "event_id": "a"})
			column = change.split(" = ")[0]
			before = frappe.db.sql(f"select {column} from `tabUsage Event` where name = %s", name)[0][0]
			frappe.db.sql(f"update `tabUsage Event` set {change} where name = %s", name)
			with self.subTest(change):
				self.assertEqual(self.different(), [(1, "")])
			frappe.db.sql(f"update `tabUsage Event` set {column} = %s where name = %s", (before, name))
			self.assertEqual(self.different(), [])

	def test_an_event_that_is_deleted_or_slipped_in_by_sql_is_found(self) -> None:
		send(self.sender.event(id="a"), self.sender.event(id="b"))
		bill(self.sender.order, utc(2026, 2, 1))
		columns = ", ".join(
			row[0] for row in frappe.db.sql("describe `tabUsage Event`") if row[0] not in ("name", "event_id")
		)
		of_b = f"customer = '{self.sender.customer}' and event_id = 'b'"
		frappe.db.sql(
			f"insert into `tabUsage Event` (name, event_id, {columns})"
			f" select nextval(usage_event_id_seq), 'c', {columns} from `tabUsage Event` where {of_b}"
		)
		self.assertEqual(self.different(), [(1, "")])
		frappe.db.sql(f"delete from `tabUsage Event` where {of_b}")
		self.assertEqual(self.different(), [(1, "")])

	def test_after_an_amendment_the_old_invoice_and_the_new_one_each_keep_their_versions(self) -> None:
		send(self.sender.event(id="a", quantity=5), self.sender.event(id="b", quantity=2))
		correct.amend({"customer": self.sender.customer, "id": "b", "quantity": 3})
		bill(self.sender.order, utc(2026, 2, 1))
		correct.amend({"customer": self.sender.customer, "id": "a", "quantity": 6})
		correct.void({"customer": self.sender.customer, "id": "b"})
		self.assertEqual(self.different(), [])
		correct.amend({"customer": self.sender.customer, "id": "a", "quantity": 9})
		bill(self.sender.order, utc(2026, 3, 1))
		self.assert_holds(self.line(0), [("a", 0, "5"), ("b", 1, "3")])
		self.assert_holds(self.line(1), [("a", 2, "9")])
		self.assertEqual(self.invoice(1).items[0].billed_quantity, 1)

	def test_usage_that_was_taken_back_wholly_leaves_a_line_of_no_events(self) -> None:
		send(self.sender.event(id="a", quantity=5))
		bill(self.sender.order, utc(2026, 2, 1))
		correct.void({"customer": self.sender.customer, "id": "a"})
		send(
			self.sender.event(id="feb", quantity=9, occurred_at="2026-02-10T00:00:00Z"), now=utc(2026, 2, 12)
		)
		bill(self.sender.order, utc(2026, 3, 1))
		february, january = usage_lines_of(self.invoice(1).name)
		self.assert_holds(february, [("feb", 0, "9")])
		self.assertEqual((january.events, january.hash), (0, OF_NOTHING))
		self.assertEqual(self.different(), [])

	def test_late_usage_has_a_line_that_names_all_its_period_s_events(self) -> None:
		send(self.sender.event(id="a", quantity=5))
		bill(self.sender.order, utc(2026, 2, 1))
		send(
			self.sender.event(id="late", quantity=4, occurred_at="2026-01-31T23:59:59Z"), now=utc(2026, 2, 2)
		)
		self.assertEqual(self.different(), [])
		bill(self.sender.order, utc(2026, 3, 1))
		self.assert_holds(self.line(0), [("a", 0, "5")])
		self.assert_holds(self.line(1), [("a", 0, "5"), ("late", 0, "4")])

	def test_a_threshold_invoice_and_the_one_after_it(self) -> None:
		agent = make_agent(usage_charge(self.sender.metric, 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), threshold=10)
		customer = frappe.db.get_value("Billing Order", order, "customer")
		self.sender = Sender(customer, agent, self.sender.metric, order)
		send(self.sender.event(id="a", quantity=10))
		bill_thresholds(utc(2026, 1, 20))
		send(self.sender.event(id="b", quantity=3))
		correct.amend({"customer": customer, "id": "a", "quantity": 11})
		bill(order, utc(2026, 2, 1))
		self.assert_holds(self.line(0), [("a", 0, "10")])
		self.assert_holds(self.line(1), [("a", 1, "11"), ("b", 0, "3")])
		self.assertEqual(self.different(), [])

	def test_the_stretch_is_that_of_the_order_s_time_zone(self) -> None:
		agent = make_agent(usage_charge(self.sender.metric, 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), time_zone="Pacific/Kiritimati")
		self.sender = Sender(
			frappe.db.get_value("Billing Order", order, "customer"), agent, self.sender.metric, order
		)
		send(
			self.sender.event(id="last", occurred_at="2026-01-31T23:59:59.999+14:00"),
			self.sender.event(id="first", occurred_at="2026-02-01T00:00:00+14:00"),
			now=utc(2026, 2, 1),
		)
		bill(order, utc(2026, 1, 31, 10))
		self.assert_holds(self.line(), [("last", 0, "1")])


class TestArchivedEvidence(EvidenceCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.forget_archive)
		send(self.sender.event(id="a", quantity=5), self.sender.event(id="b", quantity=2))
		bill(self.sender.order, utc(2026, 2, 1))
		correct.amend({"customer": self.sender.customer, "id": "a", "quantity": 6})
		bill(self.sender.order, utc(2026, 3, 1))

	def forget_archive(self) -> None:
		frappe.db.rollback()
		frappe.db.set_single_value("Paygent Settings", "usage_archived_before", None)
		frappe.clear_document_cache("Paygent Settings", "Paygent Settings")
		frappe.db.commit()

	def file(self) -> str:
		url = frappe.get_value("File", {"attached_to_name": self.sender.order}, "file_url")
		return frappe.get_site_path(url.lstrip("/"))

	def test_the_export_and_the_check_stay_the_same_after_archiving(self) -> None:
		before = ["".join(export_of(self.line(number))) for number in (0, 1)]
		archive_before(date(2026, 3, 1))
		self.assertEqual(self.sender.rows(), [])
		self.assertEqual(["".join(export_of(self.line(number))) for number in (0, 1)], before)
		self.assert_holds(self.line(0), [("a", 0, "5"), ("b", 0, "2")])
		self.assert_holds(self.line(1), [("a", 1, "6"), ("b", 0, "2")])
		self.assertEqual(self.different(), [])

	def test_an_archive_file_that_is_cut_or_gone_is_named_and_stops_no_other_check(self) -> None:
		archive_before(date(2026, 3, 1))
		with open(self.file(), "r+b") as file:
			file.truncate(30)
		self.assertEqual([number for number, problem in self.different() if problem], [1, 1])
		frappe.delete_doc("File", frappe.get_value("File", {"attached_to_name": self.sender.order}))
		self.assertEqual([number for number, problem in self.different() if problem], [1, 1])

	def test_renamed_agents_and_customers_change_no_line_before_or_after_archiving(self) -> None:
		def rename() -> None:
			for doctype, field in (("AI Agent", "agent"), ("Customer", "customer")):
				new = frappe.rename_doc(doctype, getattr(self.sender, field), unique("Renamed"))
				self.sender = replace(self.sender, **{field: new})

		rename()
		self.assertEqual(self.different(), [])
		archive_before(date(2026, 3, 1))
		self.assertEqual(self.sender.rows(), [])
		rename()
		self.assertEqual(self.different(), [])
		self.assert_holds(self.line(1), [("a", 1, "6"), ("b", 0, "2")])


class TestEvidenceForPeople(EvidenceCase):
	def setUp(self) -> None:
		super().setUp()
		send(*(self.sender.event(id=f"e{number:02}") for number in range(30)))
		bill(self.sender.order, utc(2026, 2, 1))
		self.name = self.invoice().name

	def test_a_page_of_events(self) -> None:
		page = events_of_line(self.name, "1", start=28, count=10)
		self.assertEqual([event["id"] for event in page["events"]], ["e28", "e29"])
		self.assertEqual((page["total"], page["hash"]), (30, self.line().hash))
		self.assertEqual(len(events_of_line(self.name, self.line().name, count=-5)["events"]), 1)
		self.assertEqual(verify_line(self.name, "1")["is_equal"], True)

	def test_a_line_that_bills_no_usage_has_no_events(self) -> None:
		for row in ("2", "", "x' or 1=1"):
			with self.subTest(row), self.assert_refused("bills no usage"):
				events_of_line(self.name, row)

	def test_who_may_not_read_the_invoice_learns_nothing_of_its_usage(self) -> None:
		key = make_key("Accounts User")
		user = user_of(key)
		other = make_sender().customer
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "Customer",
				"for_value": other,
				"apply_to_all_doctypes": 1,
			}
		).insert()
		frappe.db.commit()
		for person in (user, "Guest"):
			frappe.set_user(person)
			for look in (events_of_line, export_of_line, verify_line):
				with (
					self.subTest(person=person, look=look.__name__),
					self.assertRaises(frappe.PermissionError),
				):
					look(self.name, "1")
		frappe.set_user("Administrator")
		path = f"/api/method/paygent_billing.api.usage.export_of_line?invoice={self.name}&row=1"
		with WebSite() as site:
			refused = site.call("GET", path, headers={"Authorization": f"token {key}"})
			sender = site.call("GET", path, headers={"Authorization": f"token {make_key('Usage Sender')}"})
			allowed = site.call("GET", path, headers={"Authorization": f"token {make_key('Accounts User')}"})
		self.assertEqual((refused[0], sender[0], allowed[0]), (403, 403, 200))
		self.assertNotIn("e28", refused[1] + sender[1])
		self.assertEqual(sha256(allowed[1].encode()).hexdigest(), self.line().hash)

	def test_whatever_is_sent_to_the_reading_methods_no_answer_is_an_error_of_the_server(self) -> None:
		key = make_key("System Manager", "Accounts Manager")
		methods = {
			"events_of_line": ("invoice", "row", "start", "count"),
			"export_of_line": ("invoice", "row"),
			"verify_line": ("invoice", "row"),
			"by_day": ("customer", "first_day", "last_day", "agent", "metric"),
			"so_far": ("customer",),
			"unbilled": ("customer",),
			"resubmit": ("names",),
			"discard": ("names",),
			"import_file": ("file",),
		}
		values = [
			None,
			[],
			{},
			10**30,
			-1,
			1e308,
			"",
			"x" * 100_000,
			"\ud800",
			"{",
			"' or 1=1 --",
			["like", "%"],
		]
		good = {"invoice": self.name, "row": "1", "customer": self.sender.customer}
		answers = []
		with WebSite() as site:
			for method, fields in methods.items():
				for field, value in [(field, value) for field in fields for value in values]:
					body = {name: good[name] for name in fields if name in good} | {field: value}
					status, text = site.post(f"/api/method/paygent_billing.api.usage.{method}", body, key)
					if status >= 500 or "Traceback" in text:
						answers.append((method, field, value, status))
		self.assertEqual(answers, [])

	def test_on_the_command_line(self) -> None:
		printed = self.command("usage-of-line", self.name, "1")
		self.assertEqual(sha256(printed.stdout).hexdigest(), self.line().hash)
		self.assertEqual(self.command("usage-of-line", self.name, "9").returncode, 2)
		checked = self.command("check-usage", self.name)
		self.assertEqual((checked.returncode, checked.stdout), (0, b""))
		frappe.db.sql(
			"update `tabUsage Event` set quantity = 2 where customer = %s and event_id = 'e07'",
			self.sender.customer,
		)
		frappe.db.commit()
		for arguments in ((self.name,), ()):
			checked = self.command("check-usage", *arguments)
			self.assertEqual(checked.returncode, 1)
			self.assertIn(
				f"{self.name} line 1: billed from 30 events, {self.line().hash}; now 30",
				checked.stdout.decode(),
			)

	def command(self, *arguments: str) -> subprocess.CompletedProcess:
		frappe.db.commit()
		bench = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site]
		return subprocess.run(
			[*bench, "paygent-billing", *arguments], cwd=frappe.local.sites_path, capture_output=True
		)
