"""What broke elsewhere at midnight: double bills around the world, usage of the days on which clocks change,
and credits that expired before the invoice of their period was final.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import frappe

from paygent_billing.services.billing.grace_drafts import refresh_drafts
from paygent_billing.services.billing.run import bill_all
from paygent_billing.services.invoices.payment import mark_as_paid
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
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.usage import Sender, send

#: Zones from UTC-11 to UTC+14, some of them not on the hour, with the UTC moment at which 1 February begins.
WORLD = {
	"Pacific/Pago_Pago": utc(2026, 2, 1, 11),
	"America/St_Johns": utc(2026, 2, 1, 3, 30),
	"UTC": utc(2026, 2, 1, 0),
	"Asia/Kathmandu": utc(2026, 1, 31, 18, 15),
	"Pacific/Chatham": utc(2026, 1, 31, 10, 15),
	"Pacific/Kiritimati": utc(2026, 1, 31, 10),
}

#: The first and last second that the wall shows on days of 23 and 25 hours, in zones whose clocks change at
#: night, at midnight forwards (the day begins at one) and at midnight backwards (its last hour comes twice).
CLOCK_CHANGES = (
	("Europe/Berlin", date(2026, 3, 29), "00:00:00", 23),
	("Europe/Berlin", date(2026, 10, 25), "00:00:00", 25),
	("America/Santiago", date(2026, 9, 6), "01:00:00", 23),
	("America/Santiago", date(2026, 4, 4), "00:00:00", 25),
	("America/Havana", date(2026, 11, 1), "00:00:00", 25),
)


class TestAroundTheWorld(SiteTestCase):
	def test_billed_at_every_hour_around_the_date_each_order_is_billed_once_and_not_before_its_midnight(
		self,
	) -> None:
		agent = make_agent(PLATFORM, usage_charge(make_metric(), 1))
		orders = {
			zone: make_active_order({"agent": agent}, at=utc(2026, 1, 1), time_zone=zone) for zone in WORLD
		}
		for order in orders.values():
			bill(order, utc(2026, 1, 2))
			record_usage(order, 7, "2026-01-15T00:00:00Z")
		billed_at: dict[str, list[datetime]] = {zone: [] for zone in WORLD}
		for hour in range(36, 96):
			moment = utc(2026, 1, 29, 0) + timedelta(hours=hour)
			bill_all(moment)
			for zone, order in orders.items():
				billed_at[zone] += [moment] * (len(invoices_of(order)) - 1 - len(billed_at[zone]))
		on_the_hour = {zone: [begin + timedelta(minutes=-begin.minute % 60)] for zone, begin in WORLD.items()}
		self.assertEqual(billed_at, on_the_hour)
		for order in orders.values():
			self.assertEqual(
				lines_of(invoices_of(order)[1]),
				[
					("usage", "2026-01-01", "2026-01-31", 7.0),
					("platform", "2026-02-01", "2026-02-28", 99.0),
				],
			)

	def test_usage_at_both_ends_of_a_day_on_which_the_clock_changes_is_billed_once_on_that_day(self) -> None:
		for zone, day, begins, hours in CLOCK_CHANGES:
			with self.subTest(zone=zone, day=str(day)):
				self.assertEqual(self.billed_by_day(zone, day, begins), [(str(day), 15.0, hours)])

	def billed_by_day(self, zone: str, day: date, begins: str) -> list[tuple[str, float, int]]:
		"""Bills three days around the day with usage of 1 and 2 at its ends, of 4 and 8 a second inside the
		change, and of 100 and 1000 a second outside. Returns the day's line and its length in hours.
		"""
		local = ZoneInfo(zone)
		first = datetime.fromisoformat(f"{day}T{begins}").replace(tzinfo=local).astimezone(ZoneInfo("UTC"))
		last = (
			datetime.fromisoformat(f"{day}T23:59:59")
			.replace(tzinfo=local, fold=1)
			.astimezone(ZoneInfo("UTC"))
		)
		second = timedelta(seconds=1)
		metric = make_metric()
		agent = make_agent(usage_charge(metric, 1))
		order = make_active_order(
			{"agent": agent},
			at=first - timedelta(days=3),
			start_date=day - timedelta(days=1),
			interval_unit="Day",
			time_zone=zone,
		)
		sender = Sender(frappe.db.get_value("Billing Order", order, "customer"), agent, metric, order)
		moments = (first, last, first + second, last - second, first - second, last + second)
		for quantity, moment in zip((1, 2, 4, 8, 100, 1000), moments, strict=True):
			send(sender.event(quantity=quantity, occurred_at=moment.isoformat()), now=moment)
		for ahead in range(1, 5):
			bill(order, first + timedelta(days=ahead, hours=1))
		lines = [line for invoice in invoices_of(order) for line in lines_of(invoice)]
		around = {str(day - timedelta(days=1)): 100.0, str(day + timedelta(days=1)): 1000.0}
		self.assertEqual({line[1]: line[3] for line in lines if line[1] != str(day)}, around)
		hours = (last + second - first).total_seconds() / 3600
		return [(start, amount, hours) for _charge, start, _end, amount in lines if start == str(day)]


class TestCreditsInGrace(SiteTestCase):
	"""Credits of a period stay until the invoice of its usage is final."""

	def setUp(self) -> None:
		super().setUp()
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		self.order = make_active_order(
			{"agent": agent, "rollover": "None"}, at=utc(2026, 1, 1), grace_hours=48
		)
		self.customer = frappe.db.get_value("Billing Order", self.order, "customer")
		bill(self.order, utc(2026, 1, 1))
		mark_as_paid(invoices_of(self.order)[0].name, on=date(2026, 1, 2))
		record_usage(self.order, 30, "2026-01-20T00:00:00Z")

	def balance(self) -> tuple[float, float]:
		return frappe.db.get_value("Prepaid Wallet", {"customer": self.customer}, ["available", "pending"])

	def moved(self) -> dict[str, float]:
		"""What was drawn and what expired, so far."""
		wallet = frappe.db.get_value("Prepaid Wallet", {"customer": self.customer})
		rows = frappe.get_all("Wallet Entry", {"wallet": wallet}, ["kind", "available"], order_by="name asc")
		return {kind: sum(row.available for row in rows if row.kind == kind) for kind in ("draw", "expire")}

	def test_in_the_grace_nothing_expires_and_usage_that_still_arrives_is_paid_from_them(self) -> None:
		for moment in (utc(2026, 2, 1, 0), utc(2026, 2, 2, 0), utc(2026, 2, 2, 23, 59)):
			bill_all(moment)
			self.assertEqual((self.balance(), self.moved()), ((50.0, 0.0), {"draw": 0, "expire": 0}))
		record_usage(self.order, 15, "2026-01-31T23:59:59Z")
		refresh_drafts(utc(2026, 2, 2, 23, 59))
		self.assertEqual(self.moved(), {"draw": 0, "expire": 0})
		bill_all(utc(2026, 2, 3, 0))
		self.assertEqual(self.moved(), {"draw": -45.0, "expire": -5.0})
		self.assertEqual(self.balance(), (0.0, 50.0))
		self.assertEqual(invoices_of(self.order)[1].grand_total, 99.0)

	def test_credits_whose_date_has_passed_in_the_grace_still_pay_for_the_period_before_it(self) -> None:
		credits = NewCredits(self.customer, "USD", Decimal(20), expires=date(2026, 2, 1))
		grant_credits(credits, reason="a present", on=date(2026, 1, 5))
		record_usage(self.order, 35, "2026-01-30T00:00:00Z")
		bill_all(utc(2026, 2, 2, 23, 59))
		self.assertEqual((self.balance(), self.moved()), ((70.0, 0.0), {"draw": 0, "expire": 0}))
		bill_all(utc(2026, 2, 3, 0))
		self.assertEqual(self.moved(), {"draw": -65.0, "expire": -5.0})
