"""A private file that the app has written itself, as a File that people find."""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe.core.doctype.file.utils import get_content_hash
from frappe.model.document import Document


def private_path(name: str) -> Path:
	"""Where a private file of that name lies."""
	return Path(frappe.get_site_path("private", "files", name))


def note_file(path: Path, **attached_to: str) -> Document:
	"""Notes the private file, beside a document when one is named. Inserting a File the usual way would write
	the file a second time.
	"""
	file = frappe.new_doc("File")
	file.update({"file_name": path.name, "file_url": f"/private/files/{path.name}", "is_private": 1})
	file.update({"folder": "Home/Attachments", "file_size": path.stat().st_size, **attached_to})
	file.content_hash = get_content_hash(path.read_bytes())
	file.db_insert()
	return file
