"""Rows of a table inside a document: they change with their document, whose checks see them."""

from __future__ import annotations

from frappe import _, throw
from frappe.model.document import Document


class PartOfDocument(Document):
	"""A row that is never inserted, changed or deleted by itself.

	Saving a document does not call these methods of its rows; a request that names the row does.
	"""

	def validate(self) -> None:
		throw(_("{0} is a part of {1} and changes with it only.").format(_(self.doctype), self.parent))

	def on_trash(self) -> None:
		throw(_("{0} is a part of {1} and changes with it only.").format(_(self.doctype), self.parent))
