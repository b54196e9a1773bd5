"""The taxes of an invoice by hand: a flat amount, a template, or what ERPNext's rules say."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.billing.taxes import TEMPLATE, tax_rows
from paygent_billing.services.numbers import currency_of


@dataclass(frozen=True)
class FlatTax:
	"""A tax as an amount; 0 is no tax at all. Without an account it is booked where the default tax is."""

	amount: Decimal
	account: str | None = None


def tax_fields(invoice: Document, template: str | None, flat: FlatTax | None) -> dict[str, object]:
	"""The invoice's tax template and tax rows."""
	if flat is not None:
		return {"taxes_and_charges": None, "taxes": _flat_rows(invoice, flat)}
	if template and frappe.db.get_value(TEMPLATE, template, "company") != invoice.company:
		frappe.throw(_("{0} is no tax template of {1}.").format(template, invoice.company))
	asked = frappe._dict(taxes_and_charges=template, customer=invoice.customer, company=invoice.company)
	name, rows = tax_rows(asked, invoice.posting_date)
	return {"taxes_and_charges": name, "taxes": rows}


def _flat_rows(invoice: Document, flat: FlatTax) -> list[dict[str, object]]:
	currency = currency_of(invoice.currency)
	if flat.amount < 0 or currency.round(flat.amount) != flat.amount:
		frappe.throw(_("{0} is no tax in {1}.").format(flat.amount, currency.code))
	if not flat.amount:
		return []
	account = flat.account or _default_tax_account(invoice.company)
	name = frappe.get_cached_value("Account", account, "account_name")
	return [
		{
			"charge_type": "Actual",
			"account_head": account,
			"description": name,
			"tax_amount": float(flat.amount),
			"cost_center": frappe.get_cached_value("Company", invoice.company, "cost_center"),
		}
	]


def _default_tax_account(company: str) -> str:
	"""The account of the company's default tax, else the only tax account that it has."""
	default = frappe.db.get_value(TEMPLATE, {"company": company, "is_default": 1, "disabled": 0})
	if default:
		row = {"parent": default, "parenttype": TEMPLATE}
		return frappe.db.get_value("Sales Taxes and Charges", row, "account_head", order_by="idx asc")
	filters = {"company": company, "account_type": "Tax", "is_group": 0, "disabled": 0}
	accounts = frappe.get_all("Account", filters=filters, pluck="name", limit=2, order_by="name asc")
	if len(accounts) == 1:
		return accounts[0]
	frappe.throw(_("Choose the account on which the tax of {0} is booked.").format(company))
