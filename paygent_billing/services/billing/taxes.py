"""The tax rows of an order's invoices."""

from __future__ import annotations

from datetime import date

import frappe
from erpnext.accounts.party import set_taxes
from erpnext.controllers.accounts_controller import get_default_taxes_and_charges, get_taxes_and_charges
from frappe.model.document import Document

TEMPLATE = "Sales Taxes and Charges Template"


def tax_rows(order: Document, on: date) -> tuple[str | None, list[dict]]:
	"""The tax template that applies to the order on that day, and its rows.

	The order's own template, else what ERPNext's Tax Rules say for the customer, else the company's default.
	"""
	template = order.taxes_and_charges or _template_of_customer(order, on) or _default_template(order.company)
	return template, get_taxes_and_charges(TEMPLATE, template) if template else []


def _template_of_customer(order: Document, on: date) -> str | None:
	category, group = frappe.get_cached_value("Customer", order.customer, ["tax_category", "customer_group"])
	return set_taxes(
		order.customer, "Customer", on, order.company, customer_group=group, tax_category=category
	)


def _default_template(company: str) -> str | None:
	return get_default_taxes_and_charges(TEMPLATE, company=company).get("taxes_and_charges")
