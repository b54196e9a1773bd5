"""Numbers of invoices: given when an invoice is issued, never before, and never twice."""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import NamingSeries, get_default_naming_series, set_new_name
from frappe.utils import escape_html

DRAFT = "DRAFT-"
USUAL_WIDTH = 5

#: Where else the name of a draft may stand: doctype, field of the type, field of the name.
NAMED_IN = (
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("ToDo", "reference_type", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Version", "ref_doctype", "docname"),
)


def draft_name() -> str:
	"""What a draft is called until it is issued: it takes no number, so deleting it leaves no gap."""
	return DRAFT + frappe.generate_hash(length=10).upper()


def is_numbered(name: str) -> bool:
	"""Whether the invoice has a number of a series."""
	return not name.startswith(DRAFT)


def default_series() -> str:
	"""The series from which invoices get their numbers unless they name another one."""
	return get_default_naming_series("Sales Invoice")


def wait_for_number(draft: str) -> None:
	"""Locks the draft's series, before the draft itself is locked.

	A locked draft also locks the place before its lines, into which whoever has the next number writes: two
	that issued would hold what the other needs.
	"""
	naming = frappe.db.get_value("Sales Invoice", draft, "naming_series")
	series = frappe.qb.DocType("Series", schema=None)
	row = frappe.qb.from_(series).select(series.name)
	row = row.where(series.name == (NamingSeries(naming).get_prefix() if naming else ""))
	if row.run():  # the lock on one that is not there yet would keep others from making it
		row.for_update().run()


def give_number(draft: Document, number: str | None = None) -> str:
	"""Puts the draft under the number, or else under the next one of its series, and returns it."""
	old = draft.name
	if number is None:
		set_new_name(draft)
		number = draft.name
	invoices = frappe.qb.DocType("Sales Invoice")
	frappe.qb.update(invoices).set(invoices.name, number).where(invoices.name == old).run()
	for table in draft.meta.get_table_fields():
		_rename_in(table.options, "parenttype", "parent", (old, number))
	for doctype, type_field, name_field in NAMED_IN:
		_rename_in(doctype, type_field, name_field, (old, number))
	return number


def _rename_in(doctype: str, type_field: str, name_field: str, names: tuple[str, str]) -> None:
	"""Renames row by row. An update by the draft's name would also lock the place beside it, into which
	others insert their invoices.
	"""
	named = {type_field: "Sales Invoice", name_field: names[0]}
	rows = frappe.get_all(doctype, named, pluck="name", order_by="name asc")
	if rows:
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table[name_field], names[1]).where(table.name.isin(rows)).run()


def check_number(number: str, series: str) -> None:
	"""Refuses a number that the series cannot have given, that was used, or that would leave a gap.

	The next number of the series is taken from it, so that nobody gets it a second time.
	"""
	prefix = NamingSeries(series).get_prefix()
	found = re.search("#+", series)
	width = len(found.group()) if found else USUAL_WIDTH
	digits = number.removeprefix(prefix) if number.startswith(prefix) else ""
	if not re.fullmatch("[0-9]{1,12}", digits) or f"{int(digits):0{width}}" != digits or not int(digits):
		frappe.throw(
			_("{0} is no number of the series, such as {1}.").format(
				escape_html(number), f"{prefix}{1:0{width}}"
			)
		)
	if was_used(number):
		frappe.throw(_("The number {0} was used already and is never used again.").format(number))
	upcoming = _take(prefix, int(digits))
	if int(digits) > upcoming:
		frappe.throw(
			_("{0} would leave a gap: the next number of its series is {1}.").format(
				number, f"{prefix}{upcoming:0{width}}"
			)
		)


def was_used(number: str) -> bool:
	"""Whether an invoice has, or ever had, this number."""
	return bool(
		frappe.db.exists("Sales Invoice", number)
		or frappe.db.exists("Deleted Document", {"deleted_doctype": "Sales Invoice", "deleted_name": number})
		or frappe.db.exists("GL Entry", {"voucher_type": "Sales Invoice", "voucher_no": number})
	)


def _take(prefix: str, number: int) -> int:
	"""The next number of the series, under lock; the series moves on when it is the one asked for."""
	series = frappe.qb.DocType("Series", schema=None)
	frappe.qb.into(series).columns(series.name, series.current).insert(prefix, 0).ignore().run()
	found = frappe.qb.from_(series).select(series.current).where(series.name == prefix).for_update().run()
	upcoming = (found[0][0] or 0) + 1
	if number == upcoming:
		frappe.qb.update(series).set(series.current, number).where(series.name == prefix).run()
	return upcoming
