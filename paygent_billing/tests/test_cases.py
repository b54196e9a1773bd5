"""Every worked example gives the same invoices on real documents as in the simulator.

The site keeps three decimals, as one that bills in Kuwaiti dinars must.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frappe

from paygent_billing.scenarios import load_scenario
from paygent_billing.services.replay.replay import replay_scenario
from paygent_billing.tests.site_case import SiteTestCase

CASES = Path(frappe.get_app_path("paygent_billing")).parent / "tests" / "cases"


class TestCases(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		before = frappe.db.get_default("currency_precision")
		frappe.db.set_default("currency_precision", 3)
		self.addCleanup(frappe.db.set_default, "currency_precision", before or "")

	def test_every_case_gives_its_expected_invoices(self) -> None:
		files = sorted(CASES.glob("*.yaml"))
		self.assertGreaterEqual(len(files), 7)
		for file in files:
			expected = file.with_name(f"{file.stem}.expected.json")
			with self.subTest(case=file.stem):
				report = replay_scenario(load_scenario(file)).report
				self.assertEqual(comparable(report), comparable(json.loads(expected.read_text())))


def comparable(report: dict[str, Any]) -> dict[str, Any]:
	"""The report with its lines in one order: they are a set."""
	invoices = [
		{**invoice, "lines": sorted(map(json.dumps, invoice["lines"]))} for invoice in report["invoices"]
	]
	return {**report, "invoices": invoices}
