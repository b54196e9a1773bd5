"""The draft that stands in the list of Sales Invoices while an order waits for its grace."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import frappe
from frappe.model.document import Document

from paygent_billing.services.billing.grace_draft import draft_name
from paygent_billing.services.billing.grace_drafts import orders_to_draft, refresh_drafts
from paygent_billing.services.billing.run import bill_all, bill_thresholds
from paygent_billing.services.billing.scheduler import usage_job
from paygent_billing.services.orders import actions
from paygent_billing.services.orders.preview import preview_next_invoice
from paygent_billing.services.usage import correct
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	lines_of,
	make_active_order,
	make_agent,
	make_metric,
	record_usage,
	unique,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc

GRACE = utc(2026, 2, 1, 6)

REFRESH = """
import sys, time
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
from datetime import datetime
from paygent_billing.services.billing.grace_draft import refresh_draft
from paygent_billing.services.billing.bill_order import bill_order
moment = datetime.fromisoformat(sys.argv[4])
time.sleep(max(0, float(sys.argv[3]) - time.time()))
for _turn in range(20):
	refresh_draft(sys.argv[2], moment=moment)
"""


class DraftCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.metric = make_metric()
		agent = make_agent({**PLATFORM, "credits": 20}, usage_charge(self.metric, 1))
		self.order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), grace_hours=48)
		bill(self.order, utc(2026, 1, 1))
		self.first = record_usage(self.order, 10, "2026-01-20T00:00:00Z")
		self.name = draft_name(self.order)

	def drafts(self) -> list[tuple[str, list[tuple[str, str, str, float]], float]]:
		"""The order's drafts: name, lines and total."""
		frappe.db.rollback()
		names = frappe.get_all("Sales Invoice", {"billing_order": self.order, "docstatus": 0}, pluck="name")
		documents = [frappe.get_doc("Sales Invoice", name) for name in names]
		return [(draft.name, lines_of(draft), draft.grand_total) for draft in documents]

	def draft_with(self, usage: float) -> list:
		lines = [
			("usage", "2026-01-01", "2026-01-31", usage),
			("platform", "2026-02-01", "2026-02-28", 99.0),
		]
		return [(self.name, lines, usage + 99.0)]

	def rows_left(self) -> int:
		"""The rows of the draft in the tables of Sales Invoice."""
		tables = frappe.get_meta("Sales Invoice").get_table_fields()
		return sum(frappe.db.count(table.options, {"parent": self.name}) for table in tables)


class TestGraceDraft(DraftCase):
	def test_it_stands_from_the_billing_date_until_the_invoice_is_issued(self) -> None:
		refresh_drafts(utc(2026, 1, 31, 23, 59))
		self.assertEqual(self.drafts(), [])
		refresh_drafts(utc(2026, 2, 1, 0))
		self.assertEqual(self.drafts(), self.draft_with(10.0))
		record_usage(self.order, 5, "2026-01-31T00:00:00Z")
		refresh_drafts(GRACE)
		self.assertEqual(self.drafts(), self.draft_with(15.0))
		correct.void({"customer": self.first.customer, "id": self.first.event_id})
		frappe.db.commit()
		bill_all(utc(2026, 2, 2, 23))
		self.assertEqual(self.drafts(), self.draft_with(5.0))
		bill(self.order, utc(2026, 2, 3, 0))
		self.assertEqual((self.drafts(), self.rows_left()), ([], 0))
		self.assertEqual(lines_of(invoices_of(self.order)[1])[0], ("usage", "2026-01-01", "2026-01-31", 5.0))

	def test_it_is_written_only_when_there_is_something_new(self) -> None:
		self.assertIn(self.order, orders_to_draft(GRACE))
		refresh_drafts(GRACE)
		self.assertNotIn(self.order, orders_to_draft(GRACE))
		created = frappe.db.get_value("Sales Invoice", self.name, "creation")
		record_usage(self.order, 5, "2026-01-31T00:00:00Z")
		self.assertIn(self.order, orders_to_draft(GRACE))
		refresh_drafts(GRACE)
		self.assertNotIn(self.order, orders_to_draft(GRACE))
		self.assertEqual(frappe.db.get_value("Sales Invoice", self.name, "creation"), created)

	def test_it_claims_draws_grants_and_numbers_nothing(self) -> None:
		customer = self.first.customer
		grant_credits(NewCredits(customer, "USD", Decimal(4)), reason="a present", on=date(2026, 1, 21))
		frappe.db.commit()

		def standing() -> tuple:
			return (
				frappe.db.sql("select * from tabSeries where name not like 'naming%%' order by name"),
				frappe.db.sql("select count(*) from `tabGL Entry`"),
				frappe.get_all("Wallet Entry", {"wallet": ["like", "%"]}, pluck="name", order_by="name"),
				frappe.db.get_value("Prepaid Wallet", {"customer": customer}, ["available", "pending"]),
				frappe.get_all("Usage Event", {"customer": customer}, ["name", "billing_period"]),
				frappe.get_all("Billing Period", {"billing_order": self.order}, pluck="name"),
				frappe.db.get_value(
					"Billing Order", self.order, ["position", "next_billing_ms", "billed_on"]
				),
			)

		before = standing()
		refresh_drafts(GRACE)
		((_name, lines, total),) = self.drafts()
		self.assertEqual(lines[-1], ("credits", "None", "None", -4.0))
		self.assertEqual(total, 105.0)
		actions.cancel(self.order, at=GRACE)
		frappe.db.commit()
		self.assertEqual(self.drafts(), [])
		after = standing()
		self.assertEqual(after[:6], before[:6])

	def test_a_fresh_series_is_not_moved_when_a_draft_goes(self) -> None:
		"""Deleting a document takes a number back from a series whose last number it seems to be."""
		refresh_drafts(GRACE)
		series = frappe.db.get_value("Sales Invoice", self.name, "naming_series")
		frappe.db.sql("update tabSeries set current = 0 where name = %s", series.replace(".YYYY.", "2026"))
		numbers = frappe.db.sql("select name, current from tabSeries order by name")
		actions.cancel(self.order, at=GRACE)
		self.assertEqual(frappe.db.sql("select name, current from tabSeries order by name"), numbers)
		self.assertFalse(frappe.db.exists("Sales Invoice", self.name))

	def test_credits_that_come_in_the_grace_are_seen(self) -> None:
		refresh_drafts(GRACE)
		grant_credits(
			NewCredits(self.first.customer, "USD", Decimal(3)), reason="a present", on=date(2026, 2, 1)
		)
		frappe.db.commit()
		refresh_drafts(GRACE)
		self.assertEqual(self.drafts()[0][2], 106.0)

	def test_the_draft_the_preview_and_the_invoice_are_the_same_after_a_threshold_invoice(self) -> None:
		charge = {**usage_charge(self.metric), "model": "Graduated"}
		tiers = ({"charge": "usage", "up_to": 10, "rate": 2}, {"charge": "usage", "rate": 1})
		self.order = make_active_order(
			{"agent": make_agent(charge, tiers=tiers)}, at=utc(2026, 1, 1), grace_hours=48, threshold=20
		)
		self.name = draft_name(self.order)
		bill(self.order, utc(2026, 1, 1))
		record_usage(self.order, 10, "2026-01-20T00:00:00Z")
		bill_thresholds(utc(2026, 1, 20))
		record_usage(self.order, 5, "2026-01-21T00:00:00Z")
		preview = preview_next_invoice(self.order).billing.draft
		refresh_drafts(GRACE)
		expected = [("usage", "2026-01-01", "2026-01-31", 5.0)]
		self.assertEqual(self.drafts(), [(self.name, expected, 5.0)])
		self.assertEqual([float(line.amount) for line in preview.lines], [5.0])
		bill(self.order, utc(2026, 2, 3))
		self.assertEqual(lines_of(invoices_of(self.order)[1]), expected)

	def test_a_comment_on_the_draft_is_on_the_invoice_that_follows(self) -> None:
		refresh_drafts(GRACE)
		comment = frappe.get_doc("Sales Invoice", self.name).add_comment("Comment", "call them first")
		frappe.db.commit()
		bill(self.order, utc(2026, 2, 3))
		issued = invoices_of(self.order)[1].name
		self.assertEqual(frappe.db.get_value("Comment", comment.name, "reference_name"), issued)

	def test_a_pause_after_the_billing_date_leaves_it_there(self) -> None:
		refresh_drafts(GRACE)
		actions.pause(self.order, at=utc(2026, 2, 2))
		frappe.db.commit()
		refresh_drafts(utc(2026, 2, 2))
		self.assertEqual(len(self.drafts()), 1)

	def test_a_pause_on_the_billing_date_takes_it_away_and_the_end_brings_the_closing_one(self) -> None:
		refresh_drafts(GRACE)
		actions.pause(self.order, at=utc(2026, 2, 1))
		frappe.db.commit()
		self.assertEqual((self.drafts(), self.rows_left()), ([], 0))
		actions.resume(self.order, at=utc(2026, 2, 1))
		frappe.db.commit()
		refresh_drafts(GRACE)
		self.assertEqual(self.drafts(), self.draft_with(10.0))
		actions.end(self.order, at=utc(2026, 2, 1), last_day=utc(2026, 1, 31).date())
		frappe.db.commit()
		refresh_drafts(GRACE)
		self.assertEqual(self.drafts(), [(self.name, [("usage", "2026-01-01", "2026-01-31", 10.0)], 10.0)])

	def test_one_that_is_left_behind_is_taken_away_by_the_tick(self) -> None:
		refresh_drafts(GRACE)
		frappe.db.set_value("Billing Order", self.order, {"next_billing_ms": 0}, update_modified=False)
		frappe.db.commit()
		self.assertIn(self.order, orders_to_draft(GRACE))

	def test_what_is_wrong_with_one_order_stops_no_other(self) -> None:
		other = make_active_order(
			{"agent": make_agent(usage_charge(make_metric(), 1))}, at=utc(2026, 1, 1), grace_hours=48
		)
		bill(other, utc(2026, 1, 1))
		record_usage(other, 3, "2026-01-20T00:00:00Z")
		broken = min(self.order, other)
		position = frappe.db.get_value("Billing Order", broken, "position")
		frappe.db.set_value("Billing Order", broken, "position", "{", update_modified=False)
		frappe.db.commit()
		try:
			refresh_drafts(GRACE)
		finally:
			frappe.db.set_value("Billing Order", broken, "position", position, update_modified=False)
			frappe.db.commit()
		self.assertFalse(frappe.db.exists("Sales Invoice", draft_name(broken)))
		self.assertTrue(frappe.db.exists("Sales Invoice", draft_name(max(self.order, other))))
		self.assertTrue(frappe.db.exists("Error Log", {"reference_name": broken}))

	def test_the_job_of_the_tick_writes_the_drafts_of_this_moment(self) -> None:
		now = datetime.now(timezone.utc)
		yesterday = now - timedelta(days=1)
		self.order = make_active_order(
			{"agent": make_agent(usage_charge(make_metric(), 1))},
			at=yesterday,
			start_date=yesterday.date(),
			interval_unit="Day",
			grace_hours=48,
		)
		bill(self.order, now)
		record_usage(self.order, 2, yesterday.isoformat())
		usage_job()
		self.assertEqual([total for _name, _lines, total in self.drafts()], [2.0])


class TestRaceOfTicks(DraftCase):
	def test_two_ticks_and_a_billing_at_once_leave_one_invoice_and_no_draft(self) -> None:
		start = str(datetime.now().timestamp() + 4)
		frappe.db.commit()
		ticks = [self.tick(start, GRACE) for _number in range(3)]
		self.assertEqual([tick.wait(60) for tick in ticks], [0, 0, 0])
		self.assertEqual(self.drafts(), self.draft_with(10.0))
		start = str(datetime.now().timestamp() + 4)
		ticks = [self.tick(start, GRACE) for _number in range(2)]
		while datetime.now().timestamp() < float(start) + 0.3:
			pass
		outcome = bill(self.order, utc(2026, 2, 3))
		self.assertEqual([tick.wait(60) for tick in ticks], [0, 0])
		self.assertEqual((outcome.state.value, len(outcome.invoices)), ("billed", 1))
		self.assertEqual((self.drafts(), self.rows_left()), ([], 0))
		self.assertEqual(len(invoices_of(self.order)), 2)

	def tick(self, start: str, moment: datetime) -> subprocess.Popen:
		command = [sys.executable, "-c", REFRESH, frappe.local.site, self.order, start, moment.isoformat()]
		return subprocess.Popen(command, cwd=frappe.local.sites_path)


class TestDraftByHand(DraftCase):
	def setUp(self) -> None:
		super().setUp()
		refresh_drafts(GRACE)

	def refused(self, act) -> None:
		before = self.drafts()
		with self.assert_refused("while its grace runs"):
			act(frappe.get_doc("Sales Invoice", self.name))
		self.assertEqual(self.drafts(), before)

	def test_it_is_not_submitted(self) -> None:
		self.refused(lambda draft: draft.submit())
		self.refused(lambda draft: frappe.client.submit(draft.as_dict()))

	def test_it_is_not_edited(self) -> None:
		def rate(draft: Document) -> None:
			draft.items[0].rate = 1
			draft.save()

		self.refused(rate)
		self.refused(lambda draft: frappe.client.set_value("Sales Invoice", draft.name, "remarks", "x"))
		self.refused(lambda draft: draft.update({"billing_order": None}).save())
		row = frappe.get_doc("Sales Invoice Item", {"parent": self.name})
		self.refused(lambda draft: frappe.client.delete("Sales Invoice Item", row.name))

	def test_it_is_not_deleted_or_renamed(self) -> None:
		self.refused(lambda draft: frappe.delete_doc("Sales Invoice", draft.name))
		self.refused(lambda draft: frappe.client.delete("Sales Invoice", draft.name))
		with self.assertRaises(frappe.ValidationError):
			frappe.rename_doc("Sales Invoice", self.name, unique("X"))
		self.assertEqual(len(self.drafts()), 1)

	def test_its_name_is_not_taken_by_an_invoice_of_somebody(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1), grace_hours=48)
		taken = frappe.copy_doc(frappe.get_doc("Sales Invoice", self.name))
		taken.update({"billing_order": None, "name": draft_name(order)})
		with self.assert_refused("while its grace runs"):
			taken.insert(set_name=draft_name(order))
		self.assertFalse(frappe.db.exists("Sales Invoice", draft_name(order)))

	def test_it_is_not_posted_paid_or_sent(self) -> None:
		from paygent_billing.services.invoices.payment import mark_as_paid

		with self.assertRaises(frappe.ValidationError):
			mark_as_paid(self.name, on=utc(2026, 2, 1).date())
		self.assertEqual(frappe.db.count("GL Entry", {"voucher_no": self.name}), 0)
		self.assertEqual(frappe.db.count("Billing Period", {"sales_invoice": self.name}), 0)
		self.assertEqual(len(self.drafts()), 1)
