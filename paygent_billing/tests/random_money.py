"""Random scenarios in which customers buy credits, pay late, and get refunds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import yaml

from paygent_billing.scenarios import Problem, Source, read_scenario
from paygent_billing.simulator.engine import run
from paygent_billing.simulator.store import Store
from paygent_billing.tests.random_scenarios import Life, Maker


def random_money_scenario(seed: int) -> str:
	"""The scenario of that seed as YAML, without the events that turn out impossible."""
	values = MoneyMaker(Random(f"money {seed}")).make(seed)
	while (refused := _first_refused(values)) is not None:
		del values["events"][refused]
	return yaml.safe_dump(values, sort_keys=False)


def _first_refused(values: dict[str, Any]) -> int | None:
	"""The number of the first event that cannot happen, such as the refund of an unpaid invoice."""
	store = Store()
	try:
		run(read_scenario(Source("random.yaml", yaml.safe_dump(values, sort_keys=False))), store, "random")
	except Problem as problem:
		return int(problem.path[1])
	finally:
		store.close()
	return None


class MoneyMaker(Maker):
	def _line(self, line: str, agent: str) -> dict[str, Any]:
		expiry = {"expiry_days": self.random.randint(5, 80)} if self.random.random() < 0.3 else {}
		return super()._line(line, agent) | expiry

	def _plan(self, number: int, agent: str) -> dict[str, Any]:
		plan = super()._plan(number, agent)
		if "interval" not in plan and self.random.random() < 0.6:
			plan |= {"interval": "year"}
			self._grant_each_period(plan["charges"][0])
		return plan

	def _choices(self) -> list[tuple[Callable[[datetime, Life], None], int]]:
		return [
			*super()._choices(),
			(self._top_up, 12),
			(self._grant, 4),
			(self._pay_invoice, 24),
			(self._pay_a_part, 4),
			(self._refund, 8),
			(self._void, 3),
		]

	def _top_up(self, moment: datetime, life: Life) -> None:
		self._credits(moment, life, "top_up", self._price(10, 200))

	def _grant(self, moment: datetime, life: Life) -> None:
		self._credits(moment, life, "grant", self._price(1, 40))

	def _credits(self, moment: datetime, life: Life, verb: str, amount: str) -> None:
		expires = None
		if self.random.random() < 0.4:
			expires = (moment + timedelta(days=self.random.randint(3, 120))).date().isoformat()
		self._happen(moment, do=verb, customer=life.order["customer"], amount=amount, expires=expires)

	def _pay_invoice(self, moment: datetime, life: Life) -> None:
		self._happen(moment, do="pay", invoice=self._number(moment))

	def _pay_a_part(self, moment: datetime, life: Life) -> None:
		self._happen(moment, do="record_payment", invoice=self._number(moment), amount=self._price(1, 50))

	def _refund(self, moment: datetime, life: Life) -> None:
		amount = self._price(1, 80) if self.random.random() < 0.6 else None
		self._happen(moment, do="refund", invoice=self._number(moment), amount=amount)

	def _void(self, moment: datetime, life: Life) -> None:
		self._happen(moment, do="void", invoice=self._number(moment))

	def _number(self, moment: datetime) -> int:
		"""Some invoice that may have been issued by then."""
		return self.random.randint(1, 2 + len(self.events) // 6)
