"""Many spend the same credits at once: what is granted is exact, and only because of the guards."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.wallets.keys import ONE_PLACE, ensure_one_place
from paygent_billing.tests.factories import make_customer
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.spenders import Spenders, draw
from paygent_billing.tests.wallets import check_of, give

FIRST = date(2026, 1, 1)


class TestWalletRaces(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		self.wallet = give(self.customer, "600", FIRST)
		give(self.customer, "400", FIRST)
		frappe.db.commit()

	def _draws(self) -> int:
		"""How many times 10.00 were taken; a draw from two lots has two entries."""
		frappe.db.rollback()
		taken = frappe.db.sql(
			"select -sum(available) from `tabWallet Entry` where wallet = %s and kind = 'draw'", self.wallet
		)
		return round(taken[0][0] / 10)

	def test_all_that_is_there_is_granted_and_no_more_also_with_kills(self) -> None:
		spenders = Spenders([self.wallet], threads=4, operations=40).start(4)
		for _kill in range(3):
			time.sleep(0.5)
			spenders.kill_one()
			spenders.start(1)
		self.assertEqual(spenders.wait(), [])
		self.assertEqual(self._draws(), 100)
		self.assertLessEqual(spenders.attempts()[0], 100)
		self.assertEqual(check_of(self.customer).faults, ())

	def test_a_draw_takes_four_statements(self) -> None:
		asked, sql = [], frappe.db.sql
		frappe.db.sql = lambda query, *rest, **more: asked.append(query) or sql(query, *rest, **more)
		try:
			self.assertTrue(draw(self.wallet, Decimal(10), frappe.generate_hash(length=10)))
		finally:
			frappe.db.sql = sql
		words = [query.split()[0].lower() for query in asked]
		statements = [word for word in words if word not in ("commit", "rollback", "start")]
		self.assertEqual(statements, ["select", "insert", "insert", "update"])

	def test_without_either_guard_more_is_granted_than_is_there(self) -> None:
		frappe.db.sql_ddl(f"alter table `tabWallet Entry` drop index `{ONE_PLACE}`")
		try:
			for guard in ("no lock", "old snapshot"):
				with self.subTest(without=guard):
					self.setUp()
					Spenders([self.wallet], threads=4, operations=40, without=guard).start(4).wait()
					self.assertGreater(self._draws(), 100)
					self.assertNotEqual(check_of(self.customer).faults, ())
					frappe.db.delete("Wallet Entry", {"wallet": self.wallet})
					frappe.db.commit()
		finally:
			ensure_one_place()
