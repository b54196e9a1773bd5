"""Rows that only services write: logs and ledgers, which nobody may change afterwards."""

from __future__ import annotations

from frappe import _, throw
from frappe.model.document import Document
from frappe.utils import now


class AppendOnly(Document):
	"""A row that services add and that nobody changes, renames or deletes, through any door."""

	def validate(self) -> None:
		if not self.flags.from_service:
			throw(
				_("{0} is written by the billing itself and cannot be added or changed by hand.").format(
					_(self.doctype)
				)
			)

	def on_trash(self) -> None:
		throw(_("{0} is a record of what happened and cannot be deleted.").format(_(self.doctype)))

	def before_rename(self, *args: object) -> None:
		throw(_("{0} is a record of what happened and cannot be renamed.").format(_(self.doctype)))

	def db_insert_as_service(self) -> None:
		"""Inserts the row by one statement, without the checks for rows that people make."""
		self.flags.from_service = True
		self.set_new_name()
		self.creation = self.modified = now()
		self.owner = self.modified_by = self.owner or "Administrator"
		self.db_insert()
