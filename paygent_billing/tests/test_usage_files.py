"""Usage from files, and old usage that goes into files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import frappe

from paygent_billing.api.usage import import_file
from paygent_billing.services.usage import correct
from paygent_billing.services.usage.archive import archive_before
from paygent_billing.services.usage.days import rebuild_days
from paygent_billing.services.usage.import_file import import_usage
from paygent_billing.services.usage.import_job import run_import
from paygent_billing.services.usage.results import Refusal
from paygent_billing.tests.factories import bill, invoices_of
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import NOW, make_sender, send, statuses
from paygent_billing.tests.web import make_key, user_of


class TestImport(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sender = make_sender()
		self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

	def write(self, name: str, text: str | bytes) -> Path:
		path = self.folder / name
		path.write_bytes(text if isinstance(text, bytes) else text.encode())
		return path

	def run_file(self, path: Path) -> tuple[dict[str, int], list[list[str]]]:
		report = io.StringIO()
		found = import_usage(path, report, NOW)
		return {key: count for key, count in found.counts.items() if count}, list(
			csv.reader(io.StringIO(report.getvalue()))
		)

	def csv(self, *rows: str) -> str:
		head = "id,customer,agent,metric,quantity,occurred_at,properties.user"
		names = f"{self.sender.customer},{self.sender.agent},{self.sender.metric}"
		return "\n".join([head, *(row.replace("NAMES", names) for row in rows)]) + "\n"

	def test_csv_is_imported_once_and_says_which_lines_were_not_taken(self) -> None:
		path = self.write(
			"usage.csv",
			self.csv(
				"a,NAMES,2.5,2026-01-10T00:00:00Z,ann",
				'"b, c",NAMES,1,2026-01-11T00:00:00+01:00,',
				"x,NAMES,many,2026-01-10T00:00:00Z,",
				"too,few",
				"",
				"a,NAMES,3,2026-01-10T00:00:00Z,ann",
				"y,Nobody,A,m,1,2026-01-10T00:00:00Z,",
			),
		)
		counts, report = self.run_file(path)
		self.assertEqual(counts, {"accepted": 2, "refused": 2, "conflict": 1, "quarantined": 1})
		self.assertEqual(
			[row[:4] for row in report],
			[
				["line", "id", "status", "code"],
				["4", "x", "refused", "invalid"],
				["5", "", "refused", "invalid"],
				["7", "a", "conflict", "conflict"],
				["8", "y", "quarantined", "unknown_customer"],
			],
		)
		again, report_again = self.run_file(path)
		self.assertEqual(again, {"duplicate": 2, "refused": 2, "conflict": 1, "quarantined": 1})
		self.assertEqual(report_again, report)
		self.assertEqual(self.sender.days(), [("2026-01-10", 3.5, 2)])

	def test_json_lines_with_bad_lines_of_every_kind(self) -> None:
		good = json.dumps(self.sender.event(properties={"user": "ü 😀"}))
		lines = [good, "{", "[]", "", "[" * 100_000, '{"id": "' + "x" * 300_000 + '"}', "\x00", good]
		path = self.write("usage.jsonl", "\ufeff" + "\n".join(lines))
		with path.open("ab") as file:
			file.write(b"\n\xff\xfe broken\n")
		counts, report = self.run_file(path)
		self.assertEqual(counts, {"accepted": 1, "duplicate": 1, "refused": 6})
		self.assertEqual([row[0] for row in report[1:]], ["2", "3", "5", "6", "7", "9"])

	def test_a_file_of_another_kind_is_refused_whole(self) -> None:
		for name, text in [("usage.txt", "a"), ("usage.csv", "a,b\n1,2\n"), ("usage.csv", "")]:
			with self.subTest(text), self.assertRaises(Refusal):
				self.run_file(self.write(name, text))

	def test_the_command_prints_the_report_and_shows_progress(self) -> None:
		rows = ["a,NAMES,1,2026-01-10T00:00:00Z,", "b,NAMES,-1,2026-01-10T00:00:00Z,"]
		moment = frappe.utils.now_datetime().strftime("%Y-%m-%dT%H:%M:%SZ")
		path = self.write("usage.csv", self.csv(*rows).replace("2026-01-10T00:00:00Z", moment))
		frappe.db.commit()
		command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site]
		done = subprocess.run(
			[*command, "paygent-billing", "import-usage", str(path)],
			cwd=frappe.local.sites_path,
			capture_output=True,
			text=True,
		)
		self.assertEqual(done.returncode, 1, done.stderr)
		self.assertEqual([line.split(",")[0] for line in done.stdout.splitlines()], ["line", "3"])
		self.assertIn("accepted: 1", done.stderr)
		self.assertIn("Importing", done.stderr)
		self.assertNotIn("Traceback", done.stderr)

	def test_from_the_desk_it_runs_as_the_user_who_is_told(self) -> None:
		user = user_of(make_key("Accounts User"))
		content = self.csv("a,NAMES,1,2026-01-10T00:00:00Z,", "b,NAMES,x,2026-01-10T00:00:00Z,")
		file = frappe.get_doc({"doctype": "File", "file_name": "u.csv", "is_private": 1, "content": content})
		file.owner = user
		file.insert()
		frappe.db.commit()
		counts = run_import(file.name, user)
		frappe.set_user("Administrator")
		self.assertEqual(counts["refused"], 1)
		note = frappe.get_last_doc("Notification Log")
		self.assertEqual((note.for_user, note.document_type), (user, "File"))
		self.assertIn("refused: 1", note.subject)
		self.assertIn("3,b,refused,invalid", frappe.get_doc("File", note.document_name).get_content())

	def test_who_may_not_add_usage_may_not_import_it(self) -> None:
		frappe.set_user(user_of(make_key("Sales User")))
		with self.assertRaises(frappe.PermissionError):
			import_file("any")


class TestArchive(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.forget_archive)
		self.sender = make_sender()

	def forget_archive(self) -> None:
		frappe.db.rollback()
		frappe.db.set_single_value("Paygent Settings", "usage_archived_before", None)
		frappe.clear_document_cache("Paygent Settings", "Paygent Settings")
		frappe.db.commit()

	def archived(self) -> list[dict]:
		files = frappe.get_all("File", {"attached_to_name": self.sender.order}, ["file_url", "is_private"])
		rows = []
		for file in files:
			self.assertEqual(file.is_private, 1)
			with gzip.open(frappe.get_site_path(file.file_url.lstrip("/")), "rt") as lines:
				rows += [json.loads(line) for line in lines]
		return rows

	def test_billed_events_go_to_a_file_and_their_ids_and_days_stay(self) -> None:
		event = self.sender.event
		january = [event(id="a", quantity=5), event(id="b", quantity="2.5", properties={"user": "x"})]
		send(*january, event(id="feb", occurred_at="2026-02-02T00:00:00Z"), now=utc(2026, 2, 3))
		correct.amend({"customer": self.sender.customer, "id": "a", "quantity": 6})
		bill(self.sender.order, utc(2026, 2, 1))
		days = self.sender.days()
		self.assertEqual(archive_before(date(2026, 2, 15)) >= 3, True)
		self.assertEqual(
			sorted((row["event_id"], row["sequence"], row["quantity"]) for row in self.archived()),
			[("a", 0, "5.000000000"), ("a", 1, "6.000000000"), ("b", 0, "2.500000000")],
		)
		self.assertEqual([row.event_id for row in self.sender.rows()], ["feb"])
		self.assertEqual(self.sender.days(), days)
		rebuild_days()
		self.assertEqual(self.sender.days()[:1], days[:1])
		self.assertEqual(statuses(send(*january)), [("duplicate", None)] * 2)
		self.assertEqual(statuses(send({**january[0], "quantity": 9})), [("conflict", "conflict")])
		self.assertEqual(archive_before(date(2026, 2, 15)), 0)

	def test_usage_that_no_invoice_holds_is_never_archived(self) -> None:
		send(self.sender.event(id="unbilled"))
		archive_before(date(2026, 2, 15))
		self.assertEqual([row.event_id for row in self.sender.rows()], ["unbilled"])
		bill(self.sender.order, utc(2026, 2, 1))
		correct_after = self.sender.rows()
		self.assertEqual(len(correct_after), 1)

	def test_an_archived_time_takes_no_more_usage_so_that_nothing_is_rated_without_its_events(self) -> None:
		send(self.sender.event(id="a", quantity=5))
		bill(self.sender.order, utc(2026, 2, 1))
		archive_before(date(2026, 2, 15))
		self.assertEqual(
			statuses(send(self.sender.event(), now=utc(2026, 2, 20))), [("quarantined", "too_old")]
		)
		with self.assertRaises(Refusal) as caught:
			correct.void({"customer": self.sender.customer, "id": "a"})
		self.assertEqual(caught.exception.code, "archived")
		bill(self.sender.order, utc(2026, 3, 1))
		self.assertEqual([invoice.grand_total for invoice in invoices_of(self.sender.order)], [5.0])

	def test_the_setting_leaves_time_for_late_usage(self) -> None:
		settings = frappe.get_doc("Paygent Settings")
		settings.usage_archive_days = settings.usage_past_days
		with self.assert_refused("at least 31 days after"):
			settings.save()
