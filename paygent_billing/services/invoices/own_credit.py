"""Whether a journal entry settles an invoice with a credit note of that same invoice: then no money came."""

from __future__ import annotations

import frappe


def is_own_credit(journal: str, invoice: str) -> bool:
	"""True when the Journal Entry moves a credit note that was made for the invoice itself."""
	filters = {"parent": journal, "reference_type": "Sales Invoice", "reference_name": ["!=", invoice]}
	notes = frappe.get_all(
		"Journal Entry Account", filters=filters, pluck="reference_name", order_by="idx asc"
	)
	against = {"name": ["in", notes], "is_return": 1, "return_against": invoice}
	return bool(notes and frappe.db.exists("Sales Invoice", against))
