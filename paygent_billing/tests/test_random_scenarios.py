"""What the simulator computes and what the site posts are the same invoices, whatever happens."""

from __future__ import annotations

import json
import os
from typing import Any

from paygent_billing.scenarios import Source, read_scenario
from paygent_billing.services.replay.replay import replay_scenario
from paygent_billing.services.wallets.verify import verify_wallets
from paygent_billing.simulator.session import simulate
from paygent_billing.tests.random_money import random_money_scenario
from paygent_billing.tests.random_scenarios import random_scenario
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.test_cases import comparable

#: The seeds that are tried: RANDOM_SCENARIOS=50 tries 50, RANDOM_SEED=7 begins with seed 7.
COUNT = int(os.environ.get("RANDOM_SCENARIOS", "50"))
MONEY_COUNT = int(os.environ.get("RANDOM_SCENARIOS", "20"))
FIRST = int(os.environ.get("RANDOM_SEED", "1"))


class TestRandomScenarios(SiteTestCase):
	def test_simulator_and_site_agree(self) -> None:
		for seed in range(FIRST, FIRST + COUNT):
			with self.subTest(seed=seed):
				self._assert_same(random_scenario(seed))

	def test_they_agree_where_credits_are_bought_and_refunded_and_the_ledger_with_them(self) -> None:
		for seed in range(FIRST, FIRST + MONEY_COUNT):
			with self.subTest(seed=seed):
				customers = self._assert_same(random_money_scenario(seed))
				faults = [check.faults for name in customers for check in verify_wallets(name)]
				self.assertEqual([found for found in faults if found], [])

	def _assert_same(self, text: str) -> list[str]:
		"""The scenario gives the same on the site as in the simulator. Returns its customers on the site."""
		source = Source("random.yaml", text)
		replayed = replay_scenario(read_scenario(source))
		self.assertEqual(comparable(replayed.report), comparable(simulated(source)))
		return list(replayed.world.customers.values())


def simulated(source: Source) -> dict[str, Any]:
	session = simulate(source)
	try:
		return json.loads("".join(session.report.json()))
	finally:
		session.store.close()
