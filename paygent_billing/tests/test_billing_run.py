"""The billing run on real documents: what is due is billed once, whatever happens around it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import frappe

from paygent_billing.services.billing.bill_order import approve_backlog
from paygent_billing.services.billing.outcome import State
from paygent_billing.services.billing.run import bill_each, due_orders
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.orders import actions, changes
from paygent_billing.tests.factories import (
	PLATFORM,
	SEATS,
	bill,
	invoices_of,
	lines_of,
	make_active_order,
	make_agent,
	make_metric,
	make_order,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestBillingRun(SiteTestCase):
	def test_a_due_order_becomes_a_submitted_invoice_with_its_service_period(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		outcome = bill(order, utc(2026, 1, 1, 9))
		self.assertEqual((outcome.state, len(outcome.invoices)), (State.BILLED, 1))
		invoice = invoices_of(order)[0]
		self.assertEqual(lines_of(invoice), [("platform", "2026-01-01", "2026-01-31", 99.0)])
		self.assertEqual((str(invoice.posting_date), str(invoice.due_date)), ("2026-01-01", "2026-01-31"))
		period = frappe.get_doc("Billing Period", {"billing_order": order})
		self.assertEqual((period.sales_invoice, period.state), (invoice.name, "Billed"))
		event = frappe.get_doc("Billing Event", {"billing_order": order, "event": "invoice.issued"})
		self.assertEqual((event.sales_invoice, event.amount), (invoice.name, 99.0))

	def test_a_draft_never_bills(self) -> None:
		order = make_order().name
		self.assertEqual(bill(order, utc(2026, 6, 1)).invoices, ())
		self.assertNotIn(order, due_orders(utc(2030, 1, 1)))

	def test_months_of_downtime_are_billed_oldest_first_and_once(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		bill(order, utc(2026, 1, 1, 9))
		self.assertEqual(len(bill(order, utc(2026, 5, 20)).invoices), 4)
		self.assertEqual(bill(order, utc(2026, 5, 20, 13)).invoices, ())
		starts = [lines_of(invoice)[0][1] for invoice in invoices_of(order)]
		self.assertEqual(starts, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"])
		self.assertEqual(str(frappe.db.get_value("Billing Order", order, "next_billing_date")), "2026-06-01")

	def test_what_is_due_is_asked_of_the_stored_date_not_of_today(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		self.assertIn(order, due_orders(utc(2026, 3, 17)))
		bill(order, utc(2026, 3, 17))
		self.assertNotIn(order, due_orders(utc(2026, 3, 17)))

	def test_running_a_hundred_times_makes_one_invoice(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		for _number in range(100):
			list(bill_each([order], utc(2026, 1, 1, 9)))
		self.assertEqual(len(invoices_of(order)), 1)

	def test_a_posting_date_outside_its_period_does_not_disturb_the_next_period(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		bill(order, utc(2026, 1, 1, 9))
		frappe.db.set_value("Sales Invoice", invoices_of(order)[0].name, "posting_date", "2026-04-15")
		frappe.db.commit()
		self.assertEqual(len(bill(order, utc(2026, 2, 1)).invoices), 1)
		self.assertEqual(len(bill(order, utc(2026, 2, 1, 13)).invoices), 0)

	def test_a_cancelled_invoice_neither_blocks_the_next_period_nor_is_billed_again(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8))
		bill(order, utc(2026, 1, 1, 9))
		invoices_of(order)[0].cancel()
		frappe.db.commit()
		self.assertEqual(frappe.db.get_value("Billing Period", {"billing_order": order}, "state"), "Void")
		bill(order, utc(2026, 2, 1))
		self.assertEqual([lines_of(invoice)[0][1] for invoice in invoices_of(order)], ["2026-02-01"])

	def test_one_poisoned_order_fails_by_itself_and_is_billed_once_mended(self) -> None:
		good = make_active_order(at=utc(2026, 1, 1, 8))
		bad = make_active_order(at=utc(2026, 1, 1, 8))
		frappe.db.set_value("Billing Order", bad, "taxes_and_charges", "No such template")
		frappe.db.commit()
		outcomes = {outcome.order: outcome for outcome in bill_each([bad, good], utc(2026, 2, 1))}
		self.assertEqual(outcomes[good].state, State.BILLED)
		self.assertEqual(outcomes[bad].state, State.FAILED)
		stored = frappe.get_doc("Billing Order", bad)
		self.assertIn("No such template", stored.last_error)
		self.assertEqual((stored.failed_attempts, len(invoices_of(bad))), (1, 0))
		self.assertFalse(frappe.db.exists("Billing Period", {"billing_order": bad}))
		frappe.db.set_value("Billing Order", bad, "taxes_and_charges", None)
		frappe.db.commit()
		self.assertEqual(len(bill(bad, utc(2026, 2, 2)).invoices), 2)
		mended = frappe.get_doc("Billing Order", bad)
		self.assertEqual((mended.last_error, mended.failed_attempts), (None, 0))

	def test_a_python_error_in_one_order_does_not_stop_the_others(self) -> None:
		good, bad = make_active_order(at=utc(2026, 1, 1, 8)), make_active_order(at=utc(2026, 1, 1, 8))
		frappe.db.set_value("Billing Order", bad, "position", "{ not json")
		frappe.db.commit()
		states = [outcome.state for outcome in bill_each([bad, good], utc(2026, 1, 2))]
		self.assertEqual(states, [State.FAILED, State.BILLED])
		self.assertIn("JSONDecodeError", frappe.db.get_value("Billing Order", bad, "last_error"))

	def test_the_figures_of_a_run_add_up(self) -> None:
		from paygent_billing.services.billing.outcome import RunReport

		good, bad = make_active_order(at=utc(2026, 1, 1, 8)), make_active_order(at=utc(2026, 1, 1, 8))
		old = make_active_order(at=utc(2026, 1, 1, 8), start_date=date(2024, 6, 1))
		frappe.db.set_value("Billing Order", bad, "position", "broken")
		frappe.db.commit()
		figures = RunReport.of(bill_each([good, bad, old], utc(2026, 1, 2))).figures()
		self.assertEqual(figures, {"due": 3, "billed": 1, "failed": 1, "waiting": 1, "invoices": 1})

	def test_a_start_years_back_waits_for_a_person(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1, 8), start_date=date(2024, 6, 1))
		outcome = bill(order, utc(2026, 1, 2))
		self.assertEqual((outcome.state, outcome.invoices), (State.WAITING, ()))
		self.assertEqual(frappe.db.get_value("Billing Order", order, "needs_approval"), 1)
		approve_backlog(order, moment=utc(2026, 1, 2))
		frappe.db.commit()
		self.assertEqual(len(bill(order, utc(2026, 1, 2)).invoices), 20)

	def test_orders_around_the_world_are_billed_once_at_every_hour(self) -> None:
		zones = ("Pacific/Pago_Pago", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati")
		orders = [make_active_order(at=utc(2025, 12, 30), time_zone=zone) for zone in zones]
		for hour in range(0, 60, 3):
			moment = (
				utc(2025, 12, 31, hour % 24) if hour < 24 else utc(2026, 1, 1 + hour // 24 - 1, hour % 24)
			)
			list(bill_each(orders, moment))
		for order in orders:
			self.assertEqual([lines_of(invoice)[0][1] for invoice in invoices_of(order)], ["2026-01-01"])

	def test_usage_on_the_days_of_clock_changes_counts_exactly_once(self) -> None:
		metric = make_metric()
		order = make_active_order(
			{"agent": make_agent(usage_charge(metric, 1))},
			at=utc(2026, 3, 1),
			start_date=date(2026, 3, 29),
			interval_unit="Day",
			time_zone="Europe/Berlin",
		)
		record_usage(order, 1, "2026-03-29T00:00:00+01:00")
		record_usage(order, 2, "2026-03-29T23:59:59+02:00")
		record_usage(order, 4, "2026-03-30T00:00:00+02:00")
		bill(order, utc(2026, 3, 30, 1))
		bill(order, utc(2026, 3, 31, 1))
		self.assertEqual(
			[lines_of(invoice) for invoice in invoices_of(order)],
			[[("usage", "2026-03-29", "2026-03-29", 3.0)], [("usage", "2026-03-30", "2026-03-30", 4.0)]],
		)

	def test_a_unit_price_with_five_decimals_survives(self) -> None:
		metric = make_metric()
		order = make_active_order({"agent": make_agent(usage_charge(metric, 0.00025))}, at=utc(2026, 1, 1))
		record_usage(order, 600000, "2026-01-15T00:00:00Z")
		bill(order, utc(2026, 2, 1))
		row = invoices_of(order)[0].items[0]
		self.assertEqual((row.amount, row.billed_quantity, row.unit_price), (150.0, 600000.0, 0.00025))
		self.assertEqual(row.computed_as, "600000 x 0.00025")

	def test_ended_before_at_and_after_the_run_bills_the_rest_once(self) -> None:
		metric = make_metric()
		for moment in (utc(2026, 1, 31, 0, 1), utc(2026, 1, 20)):
			order = make_active_order(
				{"agent": make_agent(PLATFORM, usage_charge(metric))}, at=utc(2026, 1, 1)
			)
			bill(order, utc(2026, 1, 1, 9))
			record_usage(order, 10, "2026-01-10T00:00:00Z")
			actions.end(order, at=moment)
			frappe.db.commit()
			bill(order, utc(2026, 2, 1, 0, 10))
			bill(order, utc(2026, 3, 1))
			self.assertEqual([len(invoice.items) for invoice in invoices_of(order)], [1, 1])
			self.assertEqual(invoices_of(order)[1].items[0].amount, 5.0)
			self.assertEqual(
				frappe.db.get_value("Billing Order", order, ["status", "next_billing_ms"]), ("Ended", 0)
			)

	def test_five_pauses_in_a_year_leave_periods_that_do_not_overlap(self) -> None:
		metric = make_metric()
		order = make_active_order(
			{"agent": make_agent(usage_charge(metric, 1))}, at=utc(2026, 1, 1), interval_unit="Month"
		)
		for month in (2, 4, 6, 8, 10):
			bill(order, utc(2026, month, 5))
			actions.pause(order, at=utc(2026, month, 10))
			frappe.db.commit()
			bill(order, utc(2026, month, 15))
			actions.activate(order, at=utc(2026, month, 20))
			frappe.db.commit()
			record_usage(order, 1, f"2026-{month:02}-25T00:00:00Z")
		bill(order, utc(2027, 1, 1))
		periods = frappe.get_all(
			"Billing Period",
			filters={"billing_order": order, "arrears_from": ["is", "set"]},
			fields=["arrears_from", "arrears_until"],
			order_by="start asc",
		)
		for older, newer in pairwise(periods):
			self.assertLessEqual(older.arrears_until, newer.arrears_from)
		self.assertEqual(sum(row.amount for invoice in invoices_of(order) for row in invoice.items), 5.0)

	def test_a_change_on_an_active_order_is_corrected_on_the_next_invoice(self) -> None:
		order = make_active_order(
			{"agent": make_agent(SEATS), "seats": 4}, at=utc(2026, 3, 1), start_date=date(2026, 3, 1)
		)
		bill(order, utc(2026, 3, 1, 9))
		changes.change_line(order, "L1", at=utc(2026, 3, 21), seats=6)
		frappe.db.commit()
		bill(order, utc(2026, 4, 1))
		self.assertEqual(
			lines_of(invoices_of(order)[1]),
			[
				("seats", "2026-03-21", "2026-03-31", -14.19),
				("seats", "2026-03-21", "2026-03-31", 21.29),
				("seats", "2026-04-01", "2026-04-30", 60.0),
			],
		)

	def test_paying_an_old_invoice_after_the_end_changes_no_order(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		bill(order, utc(2026, 1, 1, 9))
		actions.end(order, at=utc(2026, 1, 20))
		frappe.db.commit()
		bill(order, utc(2026, 2, 1))
		mark_as_paid(invoices_of(order)[0].name, on=date(2026, 3, 1))
		frappe.db.commit()
		self.assertEqual(frappe.db.get_value("Billing Order", order, "status"), "Ended")
		self.assertEqual(bill(order, utc(2026, 6, 1)).invoices, ())

	def test_a_stopped_site_bills_nothing_and_catches_up_afterwards(self) -> None:
		from paygent_billing.services.billing.run import bill_all

		order = make_active_order(at=utc(2026, 1, 1))
		frappe.db.set_single_value("Paygent Settings", "is_billing_paused", 1)
		self.assertEqual(bill_all(utc(2026, 1, 2)).due, 0)
		frappe.db.set_single_value("Paygent Settings", "is_billing_paused", 0)
		self.assertEqual(invoices_of(order), [])
		self.assertEqual(len(bill(order, utc(2026, 1, 2)).invoices), 1)
