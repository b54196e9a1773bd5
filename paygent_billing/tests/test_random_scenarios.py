"""What the simulator computes and what the site posts are the same invoices, whatever happens."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from paygent_billing.scenarios import Source, read_scenario
from paygent_billing.services.replay.replay import replay_scenario
from paygent_billing.simulator.session import simulate
from paygent_billing.tests.random_scenarios import random_scenario
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.test_cases import comparable

#: The seeds that are tried: RANDOM_SCENARIOS=50 tries 50, RANDOM_SEED=7 begins with seed 7.
COUNT = int(os.environ.get("RANDOM_SCENARIOS", "50"))
FIRST = int(os.environ.get("RANDOM_SEED", "1"))


class TestRandomScenarios(SiteTestCase):
	def test_simulator_and_site_agree(self) -> None:
		for seed in range(FIRST, FIRST + COUNT):
			with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
				file = Path(folder) / f"random-{seed}.yaml"
				file.write_text(random_scenario(seed))
				source = Source.read(file)
				self.assertEqual(
					comparable(replay_scenario(read_scenario(source)).report), comparable(simulated(source))
				)


def simulated(source: Source) -> dict[str, Any]:
	session = simulate(source)
	try:
		return json.loads("".join(session.report.json()))
	finally:
		session.store.close()
