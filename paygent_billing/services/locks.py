"""Locks on documents that a transaction decides on."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _


def lock_as_seen(doctype: str, names: Iterable[str]) -> None:
	"""Locks the documents until the transaction ends.

	All else is read as it was when the transaction began. Where one of them has changed since, that would be
	too old to decide on, so the transaction gives up: `with_retry` begins it anew.
	"""
	table, names = frappe.qb.DocType(doctype), sorted(set(names))
	if not names:
		return
	query = frappe.qb.from_(table).select(table.name, table.modified).where(table.name.isin(names))
	query = query.orderby(table.name)
	seen, locked = query.run(), query.for_update().run()
	if seen != locked:
		raise frappe.QueryDeadlockError(_("{0} has just been changed. Try again.").format(", ".join(names)))
