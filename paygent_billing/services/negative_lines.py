"""Credits and corrections are negative invoice lines, which ERPNext allows only when a setting says so."""

import frappe


def are_negative_lines_allowed() -> bool:
	return bool(frappe.db.get_single_value("Selling Settings", "allow_negative_rates_for_items"))


def allow_negative_lines() -> None:
	"""Switches ERPNext's 'Allow Negative rates for Items' on."""
	if not are_negative_lines_allowed():
		frappe.db.set_single_value("Selling Settings", "allow_negative_rates_for_items", 1)


def forbid_negative_lines() -> None:
	"""Switches it off again, as ERPNext has it by itself."""
	frappe.db.set_single_value("Selling Settings", "allow_negative_rates_for_items", 0)
