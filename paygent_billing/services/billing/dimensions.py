"""Accounting dimensions that a company wants on every entry of its ledger."""

from __future__ import annotations

from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import get_dimensions
from frappe.utils.caching import request_cache


@request_cache
def default_dimensions(company: str) -> dict[str, str]:
	"""The company's default of each accounting dimension. In ERPNext only its forms fill these in."""
	dimensions, defaults = get_dimensions()
	fields = {dimension.fieldname for dimension in dimensions}
	return {field: value for field, value in defaults.get(company, {}).items() if value and field in fields}
