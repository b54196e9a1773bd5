"""The key that gives every entry of a wallet a place of its own."""

from __future__ import annotations

import frappe

ONE_PLACE = "one_entry_per_place"


def ensure_one_place() -> None:
	"""Adds the key once every entry has its number: older ones get theirs from a patch, which calls this."""
	if not frappe.db.exists("Wallet Entry", {"number": 0}):
		frappe.db.add_unique("Wallet Entry", ["wallet", "number"], constraint_name=ONE_PLACE)
