"""Makes a fresh site ready for the tests on it."""

from __future__ import annotations

from datetime import date

import frappe

from paygent_billing.services.replay.books import ensure_fiscal_years, ensure_setup


def before_tests() -> None:
	"""Completes ERPNext's setup wizard when nobody has. Test records of other apps are not wanted."""
	frappe.flags.skip_test_records = True
	ensure_setup()
	ensure_fiscal_years(date(2020, 1, 1), date(2030, 12, 31))
	frappe.db.commit()
