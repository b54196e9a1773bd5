"""An import that was started in the desk: a background job with a report for whoever started it."""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services import clock
from paygent_billing.services.usage.import_file import ImportReport, import_usage
from paygent_billing.services.usage.results import Refusal

EVENT = "usage_imported"


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
	"""Imports the file as the user, keeps the report as a private file, and tells the user."""
	frappe.set_user(user)
	document = frappe.get_doc("File", file)
	report_name = f"{Path(document.file_name).stem}-report-{frappe.generate_hash(length=8)}.csv"
	report_path = Path(frappe.get_site_path("private", "files", report_name))
	try:
		with report_path.open("w", newline="", encoding="utf-8") as report:
			found = import_usage(Path(document.get_full_path()), report, clock.now())
	except Refusal as refusal:
		report_path.unlink()
		_tell(user, refusal.reason, None)
		return {}
	_tell(user, found.in_words(), _keep(report_name, found))
	frappe.db.commit()
	return dict(found.counts)


def _keep(report_name: str, found: ImportReport) -> Document | None:
	"""The report as a private file that the user owns; none when every event was taken."""
	path = Path(frappe.get_site_path("private", "files", report_name))
	if not found.not_taken:
		path.unlink()
		return None
	document = frappe.new_doc("File")
	document.update({"file_name": report_name, "file_url": f"/private/files/{report_name}", "is_private": 1})
	return document.insert(ignore_permissions=True)


def _tell(user: str, words: str, report: Document | None) -> None:
	note = frappe.new_doc("Notification Log")
	note.update({"for_user": user, "type": "Alert", "subject": _("Usage imported: {0}").format(words)})
	if report:
		note.update({"document_type": "File", "document_name": report.name})
	note.insert(ignore_permissions=True)
	values = {"message": words, "report": report.file_url if report else None}
	frappe.publish_realtime(EVENT, values, user=user, after_commit=True)
