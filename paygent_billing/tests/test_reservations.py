"""May agent A spend X for customer C now? A yes is kept, and never goes beyond the credits."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import frappe

from paygent_billing.services.usage.results import Refusal, Status
from paygent_billing.services.wallets.reserve import (
	Wish,
	expire_reservations,
	may_spend,
	release,
)
from paygent_billing.services.wallets.spend import settle_with_usage
from paygent_billing.tests.factories import (
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.wallets import give

FIVE_MINUTES = timedelta(minutes=5)


class TestReservations(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.now = datetime.now(timezone.utc)
		self.customer = make_customer()
		self.metric = make_metric()
		self.agent = make_agent(usage_charge(self.metric, 1))
		start = self.now.date().replace(day=1)
		make_active_order(
			{"agent": self.agent, "overage": "Block"}, at=self.now, customer=self.customer, start_date=start
		)
		give(self.customer, "10", self.now.date())

	def _ask(self, amount: str, **values: object):
		wish = Wish(self.customer, self.agent, Decimal(amount), FIVE_MINUTES, **values)
		return may_spend(wish, self.now)

	def _event(self, quantity: str) -> dict[str, object]:
		return {
			"id": frappe.generate_hash(length=8),
			"agent": self.agent,
			"metric": self.metric,
			"quantity": quantity,
			"occurred_at": self.now.isoformat(),
		}

	def _settle(self, reservation: str, quantity: str):
		return settle_with_usage(reservation, self.customer, self._event(quantity), self.now)

	def test_a_yes_keeps_the_credits_and_a_no_says_what_is_left(self) -> None:
		first = self._ask("6")
		self.assertEqual((first.is_allowed, first.left), (True, 4))
		second = self._ask("4.01")
		self.assertEqual((second.is_allowed, second.left, second.reservation), (False, 4, None))
		self.assertTrue(self._ask("4").is_allowed)

	def test_the_usage_that_follows_settles_it_and_frees_the_rest(self) -> None:
		found = self._ask("6")
		self.assertEqual(self._settle(found.reservation, "2.5").status, Status.ACCEPTED)
		self.assertEqual(frappe.db.get_value("Credit Reservation", found.reservation, "state"), "Settled")
		self.assertEqual(self._ask("7.51").left, Decimal("7.50"))
		self.assertTrue(self._ask("7.50").is_allowed)

	def test_usage_beyond_what_is_left_is_refused_and_the_reservation_stays(self) -> None:
		found = self._ask("6")
		frappe.db.commit()
		with self.assertRaises(Refusal) as caught:
			self._settle(found.reservation, "10.01")
		self.assertEqual(caught.exception.code, "credits_used_up")
		self.assertEqual(frappe.db.get_value("Credit Reservation", found.reservation, "state"), "Held")
		self.assertEqual(self._settle(found.reservation, "10").status, Status.ACCEPTED)

	def test_reserved_credits_are_spent_by_nobody_else(self) -> None:
		self._ask("6")
		frappe.db.commit()
		other = self._ask("3")
		with self.assertRaises(Refusal):
			self._settle(other.reservation, "4.01")
		self.assertEqual(self._settle(self._ask("3").reservation, "4").status, Status.ACCEPTED)

	def test_what_is_released_or_over_is_free_again(self) -> None:
		found = self._ask("10")
		self.assertTrue(release(found.reservation, self.customer))
		self.assertFalse(release(found.reservation, self.customer))
		again = self._ask("10")
		self.assertTrue(again.is_allowed)
		frappe.db.sql("update `tabCredit Reservation` set expires_ms = 1 where name = %s", again.reservation)
		self.assertTrue(self._ask("10").is_allowed)
		expire_reservations()
		self.assertEqual(frappe.db.get_value("Credit Reservation", again.reservation, "state"), "Expired")

	def test_another_customer_cannot_touch_it(self) -> None:
		found = self._ask("5")
		self.assertFalse(release(found.reservation, make_customer()))
		with self.assertRaises(Refusal):
			settle_with_usage(found.reservation, make_customer(), self._event("1"), self.now)
		self.assertEqual(frappe.db.get_value("Credit Reservation", found.reservation, "state"), "Held")

	def test_the_same_request_twice_is_one_reservation(self) -> None:
		first = self._ask("6", key="call-1")
		self.assertEqual(self._ask("6", key="call-1").reservation, first.reservation)
		with self.assertRaises(Refusal) as caught:
			self._ask("7", key="call-1")
		self.assertEqual((caught.exception.code, caught.exception.status), ("conflict", Status.CONFLICT))
		self.assertEqual(frappe.db.count("Credit Reservation", {"customer": self.customer}), 1)

	def test_a_line_that_bills_overage_may_always(self) -> None:
		customer, agent = make_customer(), make_agent(usage_charge(make_metric(), 1))
		make_active_order({"agent": agent}, at=self.now, customer=customer, start_date=self.now.date())
		answer = may_spend(Wish(customer, agent, Decimal(500), FIVE_MINUTES), self.now)
		self.assertEqual((answer.is_allowed, answer.left), (True, 0))

	def test_wishes_that_make_no_sense_are_refused(self) -> None:
		for wish, message in [
			(Wish(self.customer, self.agent, Decimal(0), FIVE_MINUTES), "0 is no amount of USD"),
			(Wish(self.customer, self.agent, Decimal("0.001"), FIVE_MINUTES), "0.001 is no amount"),
			(Wish(self.customer, self.agent, Decimal(1), timedelta(days=2)), "from 1 second to 24 hours"),
			(Wish(self.customer, "Nobody", Decimal(1), FIVE_MINUTES), "has no active order with Nobody"),
		]:
			with self.subTest(message), self.assertRaisesRegex(Refusal, message):
				may_spend(wish, self.now)
		self.assertEqual(frappe.db.count("Credit Reservation", {"customer": self.customer}), 0)
