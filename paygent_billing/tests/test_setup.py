"""Installing, uninstalling, and what the app promises about itself."""

from __future__ import annotations

from pathlib import Path

import frappe

from paygent_billing.services.billing.scheduler import bill_job, bill_what_is_due
from paygent_billing.services.negative_lines import are_negative_lines_allowed
from paygent_billing.setup.custom_fields import CUSTOM_FIELDS
from paygent_billing.setup.gst_fields import GST_FIELDS, make_gst_fields
from paygent_billing.setup.install import after_install
from paygent_billing.setup.uninstall import before_uninstall
from paygent_billing.tests.factories import bill, invoices_of, make_active_order
from paygent_billing.tests.site_case import SiteTestCase, utc

APP = Path(frappe.get_app_path("paygent_billing"))

GST_NAMES = [field["fieldname"] for fields in GST_FIELDS.values() for field in fields]


class TestSetup(SiteTestCase):
	def test_uninstalling_takes_back_what_was_added_and_leaves_the_invoices(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		bill(order, utc(2026, 1, 1))
		invoice = invoices_of(order)[0]
		frappe.db.set_single_value("Paygent Settings", "negative_lines_were_allowed", 0)
		before_uninstall()
		self.assertEqual(self._custom_fields(), 0)
		self.assertFalse(frappe.db.exists("Custom Field", {"fieldname": ["in", GST_NAMES]}))
		self.assertFalse(frappe.db.exists("Workflow", "Billing Order"))
		self.assertFalse(frappe.db.exists("Workflow Action", {"reference_doctype": "Billing Order"}))
		self.assertFalse(frappe.db.exists("Scheduled Job Type", {"method": ["like", "paygent%"]}))
		self.assertFalse(are_negative_lines_allowed())
		kept = frappe.get_doc("Sales Invoice", invoice.name)
		self.assertEqual((kept.docstatus, kept.grand_total, len(kept.items)), (1, 99.0, 1))
		self.assertEqual(frappe.db.count("GL Entry", {"voucher_no": invoice.name}), 2)
		frappe.db.rollback()
		frappe.clear_cache()

	def test_installing_twice_adds_nothing_twice(self) -> None:
		before = self._custom_fields()
		after_install()
		self.assertEqual(self._custom_fields(), before)
		self.assertEqual(before, sum(len(fields) for fields in CUSTOM_FIELDS.values()))

	def test_link_fields_on_invoices_are_indexed(self) -> None:
		for field in ("billing_order", "billing_status", "contract_id"):
			self.assertTrue(frappe.db.has_index("tabSales Invoice", f"{field}_index"), field)

	def test_fields_for_india_are_added_only_where_india_compliance_is_not(self) -> None:
		made = {"dt": "Sales Invoice", "fieldname": "place_of_supply"}
		self.assertTrue(frappe.db.exists("Custom Field", made))
		frappe.delete_doc("Custom Field", frappe.db.get_value("Custom Field", made))
		installed = frappe.get_installed_apps
		frappe.get_installed_apps = lambda *args, **values: [*installed(), "india_compliance"]
		try:
			make_gst_fields()
			self.assertFalse(frappe.db.exists("Custom Field", made))
		finally:
			frappe.get_installed_apps = installed
		make_gst_fields()
		self.assertTrue(frappe.db.exists("Custom Field", made))

	def test_importing_the_package_does_not_import_frappe(self) -> None:
		import subprocess
		import sys

		program = (
			"import sys, paygent_billing, paygent_billing.simulator.cli; sys.exit('frappe' in sys.modules)"
		)
		self.assertEqual(subprocess.run([sys.executable, "-c", program], cwd=APP.parent).returncode, 0)

	def _custom_fields(self) -> int:
		names = [(dt, field["fieldname"]) for dt, fields in CUSTOM_FIELDS.items() for field in fields]
		return sum(
			bool(frappe.db.exists("Custom Field", {"dt": dt, "fieldname": name})) for dt, name in names
		)


class TestScheduler(SiteTestCase):
	def test_the_tick_queues_what_is_due_and_the_job_bills_it_as_administrator(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		queued: list[dict[str, object]] = []
		enqueue, frappe.enqueue = (
			frappe.enqueue,
			lambda method, **values: queued.append({"method": method, **values}),
		)
		try:
			bill_what_is_due()
		finally:
			frappe.enqueue = enqueue
		job = next(job for job in queued if order in job.get("orders", []))
		self.assertLessEqual(max(len(job.get("orders", [])) for job in queued), 50)
		frappe.set_user("Guest")
		self.assertEqual(bill_job([order], "2026-01-01T12:00:00+00:00")["billed"], 1)
		self.assertEqual(job["method"], "paygent_billing.services.billing.scheduler.bill_job")
		self.assertEqual(invoices_of(order)[0].owner, "Administrator")

	def test_the_hooks_name_methods_that_exist(self) -> None:
		for event, methods in frappe.get_hooks("scheduler_events", app_name="paygent_billing").items():
			names = [name for row in methods.values() for name in row] if event == "cron" else methods
			for name in names:
				self.assertTrue(callable(frappe.get_attr(name)), name)
