"""Whether documents say the same, one from the database and one from a form that writes 10 for 10.0."""

from __future__ import annotations

from collections.abc import Iterable

from frappe.model import no_value_fields
from frappe.model.document import Document
from frappe.utils import cstr, flt

from paygent_billing.services.numbers import day

NUMBERS = ("Int", "Long Int", "Float", "Currency", "Percent", "Check")


def comparable(document: Document, fieldname: str) -> str:
	"""The field's value as text that is the same whenever the value is."""
	value = document.get(fieldname)
	match document.meta.get_field(fieldname).fieldtype:
		case "Date":
			return cstr(day(value) or "")
		case kind if kind in NUMBERS:
			return repr(flt(value))
	return cstr(value or "")


def comparable_rows(rows: Iterable[Document]) -> list[tuple[str, ...]]:
	"""The values of child rows, in their order."""
	return [
		tuple(
			comparable(row, field.fieldname)
			for field in row.meta.fields
			if field.fieldtype not in no_value_fields
		)
		for row in rows
	]
