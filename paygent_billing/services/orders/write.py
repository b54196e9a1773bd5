"""Writing to an order that was read without a lock."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class OrderChanged(Exception):
	"""Somebody changed the order's terms since they were read."""


def write_unless_changed(order: Document, values: dict[str, object]) -> None:
	"""Writes the values in the transaction that is open. OrderChanged when the terms are others by now."""
	table = frappe.qb.DocType("Billing Order")
	query = frappe.qb.update(table).where(table.name == order.name).where(table.revision == order.revision)
	for field, value in values.items():
		query = query.set(table[field], value)
	query.run()
	if frappe.db.get_value("Billing Order", order.name, "revision", for_update=True) != order.revision:
		raise OrderChanged
