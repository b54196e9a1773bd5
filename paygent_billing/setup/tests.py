"""Makes a fresh site ready for the tests on it."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

from paygent_billing.services.replay.books import ensure_fiscal_years


def before_tests() -> None:
	"""Completes ERPNext's setup wizard when nobody has. Test records of other apps are not wanted."""
	frappe.flags.skip_test_records = True
	if not frappe.db.a_row_exists("Company"):
		setup_complete(_answers())
	ensure_fiscal_years(date(2020, 1, 1), date(2030, 12, 31))
	frappe.db.commit()


def _answers() -> dict[str, object]:
	year = date.today().year
	return {
		"currency": "USD",
		"full_name": "Test User",
		"company_name": "Agents Inc",
		"company_abbr": "AI",
		"timezone": "UTC",
		"country": "United States",
		"industry": "Services",
		"fy_start_date": f"{year}-01-01",
		"fy_end_date": f"{year}-12-31",
		"language": "English",
		"chart_of_accounts": "Standard",
		"email": "test@paygent.example",
		"password": "a-test-password",
		"company_tagline": "Agents",
		"setup_demo": 0,
		"enable_telemetry": 0,
	}
