"""An import that was started in the desk: a background job with a report for whoever started it."""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services import clock
from paygent_billing.services.usage.import_file import ImportReport, Progress, import_usage
from paygent_billing.services.usage.results import Refusal
from paygent_billing.services.usage.written_file import note_file, private_path

EVENT, PROGRESS = "usage_imported", "usage_import_progress"
STOPPED = "It stopped before the end. Import the file again: what is recorded already is not counted twice."


def start_import(file: str) -> None:
	"""Puts the import of an uploaded file into the queue. The user needs to read it and to add usage."""
	frappe.has_permission("Usage Event", "create", throw=True)
	document = frappe.get_doc("File", file)
	document.check_permission("read")
	if Path(document.file_name).suffix.lower() not in (".csv", ".jsonl", ".ndjson"):
		frappe.throw(_("A file of usage ends in .csv or .jsonl."))
	frappe.enqueue(
		"paygent_billing.services.usage.import_job.run_import",
		queue="long",
		timeout=6 * 3600,
		enqueue_after_commit=True,
		file=document.name,
		user=frappe.session.user,
	)


def run_import(file: str, user: str) -> dict[str, int]:
	"""Imports the file as the user, keeps the report as a private file, and tells the user, also when it
	stopped before the end.
	"""
	frappe.set_user(user)
	document = frappe.get_doc("File", file)
	report = private_path(f"{Path(document.file_name).stem[:50]}-report-{frappe.generate_hash(length=8)}.csv")
	try:
		found = _import(document, report)
	except Exception as error:
		report.unlink(missing_ok=True)
		frappe.db.rollback()
		_tell(user, error.reason if isinstance(error, Refusal) else _(STOPPED), None)
		frappe.db.commit()
		if isinstance(error, Refusal):
			return {}
		raise
	_tell(user, found.in_words(), _keep(report, found))
	frappe.db.commit()
	return dict(found.counts)


def _import(document: Document, report: Path) -> ImportReport:
	path = Path(document.get_full_path())
	with report.open("w", newline="", encoding="utf-8") as rows:
		return import_usage(path, rows, clock.now(), _progress_of(path, document.file_name))


def _progress_of(path: Path, name: str) -> Progress:
	"""Shows in the user's desk how far the file is read, once for each percent of it."""
	size, shown = max(path.stat().st_size, 1), 0

	def show(read: int) -> None:
		nonlocal shown
		percent = max(100 * read // size, 1)
		if percent > shown:
			shown = percent
			frappe.publish_realtime(PROGRESS, {"file": name, "percent": percent}, user=frappe.session.user)

	show(0)
	return show


def _keep(report: Path, found: ImportReport) -> Document | None:
	"""The report as a private file that the user owns; none when every event was taken."""
	if found.not_taken:
		return note_file(report)
	report.unlink()
	return None


def _tell(user: str, words: str, report: Document | None) -> None:
	note = frappe.new_doc("Notification Log")
	note.update({"for_user": user, "type": "Alert", "subject": _("Usage imported: {0}").format(words)})
	if report:
		note.update({"document_type": "File", "document_name": report.name})
	note.insert(ignore_permissions=True)
	values = {"message": words, "report": report.file_url if report else None}
	frappe.publish_realtime(EVENT, values, user=user, after_commit=True)
