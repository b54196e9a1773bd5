"""Patch: invoices that were issued before they had a state of their own."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from paygent_billing.services.invoices.status import status_of
from paygent_billing.setup.custom_fields import CUSTOM_FIELDS


def execute() -> None:
	"""Gives each invoice of the billing its state, and the settings what new sites begin with. Announces
	nothing. May run again.
	"""
	create_custom_fields(CUSTOM_FIELDS)
	frappe.db.set_single_value("Paygent Settings", "apply_customer_balance", 1)
	invoices = frappe.qb.DocType("Sales Invoice")
	for docstatus, status in ((0, "draft"), (2, "void")):
		query = frappe.qb.update(invoices).set(invoices.billing_status, status)
		query = query.where(invoices.billing_origin.isnotnull()).where(invoices.billing_origin != "")
		query.where(invoices.docstatus == docstatus).run()
	filters = {"billing_origin": ["is", "set"], "docstatus": 1, "billing_status": ["is", "not set"]}
	fields = ["name", "is_return", "due_date", "outstanding_amount"]
	for invoice in frappe.get_all("Sales Invoice", filters=filters, fields=fields, order_by="name asc"):
		frappe.db.set_value(
			"Sales Invoice", invoice.name, "billing_status", status_of(invoice).value, update_modified=False
		)
