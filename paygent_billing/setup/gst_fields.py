"""Fields for India's goods and services tax, under India Compliance's names, for sites without that app."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

APP = "india_compliance"

GST_FIELDS = {
	"Sales Invoice": [
		{
			"fieldname": "billing_address_gstin",
			"fieldtype": "Data",
			"label": "Billing Address GSTIN",
			"insert_after": "tax_id",
			"length": 15,
			"print_hide": 1,
			"depends_on": "billing_origin",
		},
		{
			"fieldname": "place_of_supply",
			"fieldtype": "Data",
			"label": "Place of Supply",
			"insert_after": "billing_address_gstin",
			"print_hide": 1,
			"depends_on": "billing_origin",
		},
		{
			"fieldname": "company_gstin",
			"fieldtype": "Data",
			"label": "Company GSTIN",
			"insert_after": "company_tax_id",
			"length": 15,
			"print_hide": 1,
			"depends_on": "billing_origin",
		},
	],
	"Sales Invoice Item": [
		{
			"fieldname": "gst_hsn_code",
			"fieldtype": "Data",
			"label": "HSN/SAC",
			"insert_after": "description",
			"length": 15,
			"print_hide": 1,
		},
	],
}


def make_gst_fields() -> None:
	"""Adds the fields, unless the app whose fields they are is there."""
	if APP not in frappe.get_installed_apps():
		create_custom_fields(GST_FIELDS)


def own_gst_fields() -> dict[str, list[dict]]:
	"""The fields that are ours to remove: none once the app is there."""
	return {} if APP in frappe.get_installed_apps() else GST_FIELDS
