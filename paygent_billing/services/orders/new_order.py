"""What a new order begins with."""

from __future__ import annotations

from typing import Any

import frappe


def values_of_new_order(company: str | None, customer: str | None) -> dict[str, Any]:
	"""Payment due days from the settings; the customer's currency and main contact, else the company's
	currency. PermissionError for who may not read the customer.
	"""
	values: dict[str, Any] = {
		"payment_due_days": frappe.get_cached_value("Paygent Settings", None, "payment_due_days")
	}
	currency = contact = None
	if customer:
		frappe.has_permission("Customer", "read", doc=customer, throw=True)
		fields = ["default_currency", "customer_primary_contact"]
		currency, contact = frappe.get_cached_value("Customer", customer, fields)
		values["contact_person"] = contact
	currency = currency or (company and frappe.get_cached_value("Company", company, "default_currency"))
	return values | ({"currency": currency} if currency else {})
