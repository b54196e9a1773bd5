"""The PDF of an issued invoice: made after its transaction, kept private, made again when it changes.

A row per invoice says whether its PDF waits. It is written with the change that asks for the PDF, so that a
crash or a full disk in the making loses nothing: the row waits until the file is there.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime, strip_html

from paygent_billing.services.billing.retry import start_over
from paygent_billing.services.invoices.page import unchecked_pdf

#: Minutes until the next try after each failure; the last for all that follow.
BACKOFF = (1, 5, 15, 60, 360)
SECONDS_OF_A_JOB = 240


def is_billing_invoice(invoice: Document) -> bool:
	"""Whether the invoice is one that this app prints: made by the billing, or given a template of ours."""
	return bool(
		invoice.get("billing_order") or invoice.get("billing_origin") or invoice.get("invoice_template")
	)


def ask_for_pdf(invoice: str) -> None:
	"""Lets the invoice wait for a new PDF, in the transaction that is open."""
	_mark(invoice)
	if frappe.db.exists("Invoice PDF", {"sales_invoice": invoice}):
		return
	new = frappe.new_doc("Invoice PDF")
	new.update({"sales_invoice": invoice, "state": "Pending", "revision": 1})
	try:
		new.db_insert_as_service()
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.clear_last_message()  # another transaction has just added it
		_mark(invoice)


def _mark(invoice: str) -> None:
	row = frappe.qb.DocType("Invoice PDF")
	query = frappe.qb.update(row).where(row.sales_invoice == invoice)
	query.set(row.state, "Pending").set(row.revision, row.revision + 1).set(row.next_try, None).run()


def make_waiting_pdfs() -> dict[str, int]:
	"""Makes the PDFs that wait, each in its own transaction, and returns how many were made and failed."""
	until = time.monotonic() + SECONDS_OF_A_JOB
	counts = {"made": 0, "failed": 0}
	for invoice in _waiting():
		if time.monotonic() > until:
			break
		counts["made" if _try_to_make(invoice) else "failed"] += 1
	return counts


def stored_pdf(invoice: str) -> bytes:
	"""The invoice as it is handed out: the stored file, or a fresh one while that waits to be made.

	Whoever calls has checked that the reader may have it.
	"""
	row = frappe.db.get_value("Invoice PDF", {"sales_invoice": invoice}, ["state", "file"], as_dict=True)
	if row and row.state == "Made":
		file = frappe.get_doc("File", row.file) if frappe.db.exists("File", row.file) else None
		if file and file.exists_on_disk():
			return Path(file.get_full_path()).read_bytes()
	return unchecked_pdf(invoice)


def _waiting() -> list[str]:
	row = frappe.qb.DocType("Invoice PDF")
	query = frappe.qb.from_(row).select(row.sales_invoice).where(row.state == "Pending")
	query = query.where(row.next_try.isnull() | (row.next_try <= now_datetime()))
	return query.orderby(row.creation).run(pluck=True)


def _try_to_make(invoice: str) -> bool:
	try:
		_make(invoice)
		frappe.db.commit()
	except Exception as error:
		start_over()
		_write_failure(invoice, error)
		frappe.db.commit()
		return False
	return True


def _make(invoice: str) -> None:
	"""Prints and stores the invoice. When it changed meanwhile, it goes on waiting; when another job was
	quicker, its file stays.
	"""
	revision = frappe.db.get_value("Invoice PDF", {"sales_invoice": invoice}, "revision")
	content = unchecked_pdf(invoice)
	name, state, now_at, old = frappe.db.get_value(
		"Invoice PDF", {"sales_invoice": invoice}, ["name", "state", "revision", "file"], for_update=True
	)
	if state != "Pending" or now_at != revision:
		return
	values = {"state": "Made", "file": _store(invoice, content), "made_at": now_datetime()}
	values |= {"attempts": 0, "next_try": None, "error": None}
	frappe.db.set_value("Invoice PDF", name, values)
	if old and frappe.db.exists("File", old):
		frappe.delete_doc("File", old, ignore_permissions=True, force=True)


def _store(invoice: str, content: bytes) -> str:
	"""A private file of the service, not of whoever was at work: an owner may always read their file."""
	file = frappe.new_doc("File")
	file.update(
		{
			"file_name": f"{invoice.replace('/', '-')}.pdf",
			"attached_to_doctype": "Sales Invoice",
			"attached_to_name": invoice,
			"is_private": 1,
			"content": content,
		}
	)
	file.insert(ignore_permissions=True)
	file.db_set("owner", "Administrator", update_modified=False)
	return file.name


def _write_failure(invoice: str, error: Exception) -> None:
	frappe.log_error(title=f"PDF of {invoice}", reference_doctype="Sales Invoice", reference_name=invoice)
	name, attempts = frappe.db.get_value("Invoice PDF", {"sales_invoice": invoice}, ["name", "attempts"])
	minutes = BACKOFF[min(attempts, len(BACKOFF) - 1)]
	values = {"attempts": attempts + 1, "error": strip_html(str(error) or type(error).__name__)[:500]}
	values["next_try"] = now_datetime() + timedelta(minutes=minutes)
	frappe.db.set_value("Invoice PDF", name, values)
