"""The company, fiscal years and accounts in which a scenario is replayed, apart from the site's own books."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

from paygent_billing.core.invoicing import Tax


def ensure_setup() -> None:
	"""Completes ERPNext's setup wizard on a site without any company: nothing can be posted there before."""
	if frappe.db.a_row_exists("Company"):
		return
	year = date.today().year
	setup_complete(
		{
			"currency": "USD",
			"full_name": "Administrator",
			"company_name": "Agents Inc",
			"company_abbr": "AI",
			"timezone": "UTC",
			"country": "United States",
			"industry": "Services",
			"fy_start_date": f"{year}-01-01",
			"fy_end_date": f"{year}-12-31",
			"language": "English",
			"chart_of_accounts": "Standard",
			"email": "agents@paygent.example",
			"password": frappe.generate_hash(length=20),
			"company_tagline": "Agents",
			"setup_demo": 0,
			"enable_telemetry": 0,
		}
	)


def company_for(currency: str) -> str:
	"""The company for scenarios in the currency; made when there is none."""
	name = f"Scenarios {currency}"
	if frappe.db.exists("Company", name):
		return name
	frappe.db.set_value("Currency", currency, "enabled", 1)
	company = frappe.new_doc("Company")
	company.update(
		{
			"company_name": name,
			"abbr": f"SC{currency}",
			"default_currency": currency,
			"country": frappe.db.get_default("country") or "United States",
			"chart_of_accounts": "Standard",
		}
	)
	company.insert()
	_forget_default_taxes(name)
	ensure_bank(company.name)
	return name


def ensure_fiscal_years(first: date, last: date) -> None:
	"""Makes a fiscal year for each calendar year that has none."""
	for year in range(first.year, last.year + 1):
		day = date(year, 7, 1)
		if not frappe.db.exists(
			"Fiscal Year", {"year_start_date": ["<=", day], "year_end_date": [">=", day]}
		):
			fiscal = frappe.new_doc("Fiscal Year")
			fiscal.update(
				{"year": str(year), "year_start_date": f"{year}-01-01", "year_end_date": f"{year}-12-31"}
			)
			fiscal.insert()


def tax_template(company: str, title: str, taxes: tuple[Tax, ...]) -> str | None:
	"""A template with a row for each tax, on the net total; None for a customer without taxes."""
	if not taxes:
		return None
	template = frappe.new_doc("Sales Taxes and Charges Template")
	template.update({"title": title, "company": company})
	for tax in taxes:
		template.append(
			"taxes",
			{
				"charge_type": "On Net Total",
				"account_head": _tax_account(company, f"Scenario {tax.name}"),
				"description": tax.name,
				"rate": float(tax.rate),
			},
		)
	return template.insert().name


def _forget_default_taxes(company: str) -> None:
	"""A scenario says itself which taxes apply."""
	filters = {"company": company, "is_default": 1}
	for name in frappe.get_all("Sales Taxes and Charges Template", filters=filters, pluck="name"):
		frappe.db.set_value("Sales Taxes and Charges Template", name, "is_default", 0)


def _tax_account(company: str, name: str) -> str:
	"""An account for each tax: ERPNext 16 knows a tax by its account."""
	known = frappe.db.get_value("Account", {"company": company, "account_name": name})
	return known or _account(company, name, "Duties and Taxes", "Tax")


def ensure_bank(company: str) -> None:
	"""Gives a company without a default bank account one, for payments to be recorded in."""
	if frappe.get_cached_value("Company", company, "default_bank_account"):
		return
	bank = _account(company, "Scenario Bank", "Bank Accounts", "Bank")
	frappe.db.set_value("Company", company, "default_bank_account", bank)
	frappe.clear_document_cache("Company", company)


def _account(company: str, name: str, parent: str, kind: str) -> str:
	account = frappe.new_doc("Account")
	account.update(
		{
			"account_name": name,
			"company": company,
			"account_type": kind,
			"parent_account": frappe.db.get_value(
				"Account", {"company": company, "account_name": parent, "is_group": 1}
			),
		}
	)
	return account.insert().name
