"""Grace and threshold on real documents: when usage is invoiced, and with what."""

from __future__ import annotations

from datetime import datetime, timezone

import frappe

from paygent_billing.services.billing.run import bill_thresholds, due_orders
from paygent_billing.services.billing.scheduler import usage_job
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	lines_of,
	make_active_order,
	make_agent,
	make_metric,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestGrace(SiteTestCase):
	def test_usage_that_arrives_in_the_grace_is_on_the_invoice_and_later_usage_on_the_next(self) -> None:
		agent = make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), grace_hours=48)
		record_usage(order, 10, "2026-01-20T00:00:00Z")
		self.assertEqual(bill(order, utc(2026, 2, 2, 23)).invoices, ())
		self.assertNotIn(order, due_orders(utc(2026, 2, 2, 23)))
		record_usage(order, 5, "2026-01-31T00:00:00Z")
		self.assertIn(order, due_orders(utc(2026, 2, 3, 0)))
		bill(order, utc(2026, 2, 3, 0))
		record_usage(order, 2, "2026-01-31T12:00:00Z")
		bill(order, utc(2026, 3, 3, 0))
		first, second = invoices_of(order)
		self.assertEqual(lines_of(first), [("usage", "2026-01-01", "2026-01-31", 15.0)])
		self.assertEqual(str(first.posting_date), "2026-02-03")
		self.assertEqual(lines_of(second), [("usage", "2026-01-01", "2026-01-31", 2.0)])

	def test_an_order_without_usage_charges_waits_for_nothing(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1), grace_hours=48)
		bill(order, utc(2026, 1, 1))
		self.assertEqual(len(bill(order, utc(2026, 2, 1)).invoices), 1)


class TestThreshold(SiteTestCase):
	def test_usage_above_the_threshold_is_invoiced_at_once_and_the_tiers_go_on(self) -> None:
		charge = {**usage_charge(make_metric()), "model": "Graduated"}
		tiers = ({"charge": "usage", "up_to": 100, "rate": 1}, {"charge": "usage", "rate": 0.5})
		order = make_active_order(
			{"agent": make_agent(charge, PLATFORM, tiers=tiers)}, at=utc(2026, 1, 1), threshold=80
		)
		bill(order, utc(2026, 1, 1))
		record_usage(order, 79, "2026-01-05T00:00:00Z")
		bill_thresholds(utc(2026, 1, 5))
		self.assertEqual(len(invoices_of(order)), 1)
		record_usage(order, 11, "2026-01-06T00:00:00Z")
		bill_thresholds(utc(2026, 1, 6))
		bill_thresholds(utc(2026, 1, 6))
		self.assertEqual(lines_of(invoices_of(order)[1]), [("usage", "2026-01-01", "2026-01-31", 90.0)])
		record_usage(order, 20, "2026-01-20T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		self.assertEqual(lines_of(invoices_of(order)[2])[0], ("usage", "2026-01-01", "2026-01-31", 15.0))
		customer = frappe.db.get_value("Billing Order", order, "customer")
		unbilled = {"customer": customer, "billing_period": ["is", "not set"]}
		self.assertEqual(frappe.db.count("Usage Event", unbilled), 0)

	def test_while_all_billing_is_stopped_no_threshold_is_invoiced_by_the_tick(self) -> None:
		now = datetime.now(timezone.utc)
		order = make_active_order(
			{"agent": make_agent(usage_charge(make_metric(), 1))}, at=now, start_date=now.date(), threshold=10
		)
		bill(order, now)
		record_usage(order, 12, now.isoformat())
		self.addCleanup(self.stop_billing, 0)
		self.stop_billing(1)
		usage_job()
		self.assertEqual(invoices_of(order), [])
		self.stop_billing(0)
		usage_job()
		self.assertEqual([invoice.grand_total for invoice in invoices_of(order)], [12.0])

	def stop_billing(self, is_stopped: int) -> None:
		frappe.db.rollback()
		frappe.db.set_single_value("Paygent Settings", "is_billing_paused", is_stopped)
		frappe.clear_document_cache("Paygent Settings", "Paygent Settings")
		frappe.db.commit()
