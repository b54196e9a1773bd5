"""Random scenarios that make sense: customers, prices, orders and a year in their life, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import yaml

BEGIN = datetime(2026, 1, 1)
MODELS: list[dict[str, Any]] = [
	{"model": "per_unit", "rate": "0.35"},
	{"model": "per_unit", "rate": "0.00125", "included": "100"},
	{
		"model": "graduated",
		"tiers": [{"up_to": "50", "rate": "1.00"}, {"up_to": "500", "rate": "0.62"}, {"rate": "0.4"}],
	},
	{
		"model": "graduated",
		"tiers": [{"up_to": "120", "rate": "0.5", "flat": "2.00"}, {"rate": "0.3", "flat": "3.00"}],
	},
	{"model": "volume", "tiers": [{"up_to": "200", "rate": "0.10"}, {"rate": "0.07", "flat": "1.50"}]},
	{"model": "package", "size": "75", "price": "4.99"},
	{"model": "percentage", "percent": "2.75", "min": "0.50", "max": "40"},
	{"model": "credits", "credits_per_unit": "0.5"},
	{"model": "flat", "price": "12.34"},
]


@dataclass
class Life:
	"""What the generator must know of an order, so that the next event makes sense."""

	order: dict[str, Any]
	status: str = "Draft"
	lines: dict[str, str] = field(default_factory=dict)
	changed_on: dict[str, datetime] = field(default_factory=dict)
	waits_for_first_invoice: bool = False


def random_scenario(seed: int) -> str:
	"""The scenario of that seed as YAML; the same seed gives the same text."""
	return yaml.safe_dump(Maker(Random(seed)).make(seed), sort_keys=False)


class Maker:
	def __init__(self, random: Random) -> None:
		self.random = random
		self.by_hand = Random()
		self.events: list[dict[str, Any]] = []
		self.lives: list[Life] = []
		self.uses: dict[str, str] = {}
		self.plans: list[dict[str, Any]] = []

	def make(self, seed: int) -> dict[str, Any]:
		self.by_hand.seed(f"by hand {seed}")
		customers = [self._customer(number) for number in range(self.random.randint(1, 2))]
		agents = [
			{"id": "Agent A", "charges": self._charges()},
			{"id": "Agent B", "charges": self._charges()},
		]
		self.plans = [self._plan(number, self.random.choice(agents)["id"]) for number in range(3)]
		orders = [self._order(customer["id"], number) for number, customer in enumerate(customers)]
		self.lives = [
			Life(order, lines={line["id"]: line["agent"] for line in order["lines"]}) for order in orders
		]
		for life in self.lives:
			if self.by_hand.random() < 0.25:
				life.order["first_invoice_by_hand"] = life.waits_for_first_invoice = True
		self._live()
		return {
			"name": f"Random {seed}",
			"currency": "USD",
			"timezone": self.random.choice(
				["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]
			),
			"customers": customers,
			"metrics": [{"id": "tokens", "aggregation": "sum"}, {"id": "calls", "aggregation": "count"}],
			"agents": agents,
			"plans": self.plans,
			"orders": orders,
			"events": self.events,
		}

	def _customer(self, number: int) -> dict[str, Any]:
		rates = self.random.choice([[], ["20"], ["6", "2.5"]])
		return {
			"id": f"Customer {number}",
			"taxes": [{"name": f"Tax {rate}", "rate": rate} for rate in rates],
		}

	def _charges(self) -> list[dict[str, Any]]:
		fee = {"id": "platform", "type": "platform_fee", "model": "flat", "price": self._price(20, 200)}
		if self.random.random() < 0.4:
			fee["credits"] = self._price(5, 60)
		if self.random.random() < 0.2:
			fee["timing"] = "arrears"
		charges = [fee, {"id": "tokens", "type": "usage", "metric": "tokens", **self.random.choice(MODELS)}]
		if self.random.random() < 0.6:
			charges.append(
				{"id": "seats", "type": "seat_fee", "model": "per_unit", "rate": self._price(5, 30)}
			)
		if self.random.random() < 0.3:
			charges.append({"id": "calls", "type": "usage", "metric": "calls", **self.random.choice(MODELS)})
		if self.random.random() < 0.3:
			charges.append({"id": "commitment", "type": "minimum", "price": self._price(10, 90)})
		if self.random.random() < 0.3:
			charges.append({"id": "setup", "type": "setup_fee", "price": self._price(10, 90)})
		return charges

	def _plan(self, number: int, agent: str) -> dict[str, Any]:
		plan: dict[str, Any] = {"id": f"Plan {number}", "agent": agent, "charges": self._charges()}
		if self.random.random() < 0.2:
			plan |= {"interval": "year"}
			self._grant_each_period(plan["charges"][0])
		return plan

	def _grant_each_period(self, fee: dict[str, Any]) -> None:
		if self.random.random() < 0.8 and "timing" not in fee:
			fee |= {"credits": self._price(5, 60), "credit_schedule": "each_period"}

	def _order(self, customer: str, number: int) -> dict[str, Any]:
		chance = self.random.random
		order = {
			"id": f"ORD-{number}",
			"customer": customer,
			"billing_day": self.random.choice([1, 10, 15, 28, 30, 31]),
			"payment_due_days": self.random.choice([0, 14, 30]),
			"start": (BEGIN + timedelta(days=self.random.randint(0, 40))).date().isoformat(),
			"lines": [self._line("L1", "Agent A"), self._line("L2", "Agent B")][: self.random.randint(1, 2)],
		}
		for option, likely in [
			("proration", 0.15),
			("credit_paused_days", 0.4),
			("credit_on_end", 0.4),
			("zero_invoices", 0.2),
		]:
			if chance() < likely:
				order[option] = option != "proration"
		if chance() < 0.2:
			order["invoice_changes"] = "now"
		if chance() < 0.25:
			order["grace_hours"] = self.random.choice([6, 36, 72, 120])
		if chance() < 0.25:
			order["threshold"] = self._price(20, 150)
		if chance() < 0.3:
			order["discount"] = self.random.choice([{"percent": "12.5"}, {"amount": "15.00", "periods": 2}])
		return order

	def _line(self, line: str, agent: str) -> dict[str, Any]:
		plans = [plan["id"] for plan in self.plans if plan["agent"] == agent]
		return {
			"id": line,
			"agent": agent,
			"plan": self.random.choice([*plans, None]),
			"seats": self.random.randint(0, 9),
			"rollover": self.random.choice(["none", "all", {"capped": "20.00"}]),
		}

	def _live(self) -> None:
		"""A year, event by event, with gaps in the billing."""
		moment = BEGIN + timedelta(hours=8)
		for life in self.lives:
			self._happen(moment, do="activate", order=life.order["id"])
			life.status = "Active"
		while moment < BEGIN + timedelta(days=270):
			moment += timedelta(
				days=self.random.randint(1, 9),
				hours=self.random.randint(0, 5),
				minutes=self.random.randint(0, 59),
			)
			self._first_invoices(moment)
			self._something(moment)
		self._happen(moment + timedelta(days=40), do="bill")

	def _first_invoices(self, moment: datetime) -> None:
		for life in self.lives:
			has_begun = life.status == "Active" and moment.date().isoformat() >= life.order["start"]
			if life.waits_for_first_invoice and has_begun and self.by_hand.random() < 0.3:
				self._happen(moment, do="first_invoice", order=life.order["id"])
				life.waits_for_first_invoice = False

	def _something(self, moment: datetime) -> None:
		choices = self._choices()
		what = self.random.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]
		what(moment, self.random.choice(self.lives))

	def _choices(self) -> list[tuple[Callable[[datetime, Life], None], int]]:
		"""What can happen, and how likely it is."""
		return [
			(self._bill, 30),
			(self._use, 40),
			(self._use_late, 8),
			(self._pay, 14),
			(self._change, 9),
			(self._pause_or_resume, 7),
			(self._one_off, 4),
			(self._lines, 3),
			(self._end, 1),
			(self._amend, 5),
			(self._void_use, 2),
		]

	def _bill(self, moment: datetime, life: Life) -> None:
		self._happen(moment, do="bill")

	def _use(self, moment: datetime, life: Life, occurred: datetime | None = None) -> None:
		agent = self.random.choice(["Agent A", *life.lines.values()]) if life.lines else "Agent A"
		if agent not in life.lines.values():
			return
		event = {
			"do": "usage",
			"customer": life.order["customer"],
			"agent": agent,
			"id": f"e-{len(self.events)}",
		}
		event |= {
			"metric": self.random.choice(["tokens", "tokens", "calls"]),
			"quantity": str(self.random.randint(1, 400)),
		}
		if occurred:
			event["occurred_at"] = occurred.isoformat()
		self.uses[event["id"]] = event["customer"]
		self._happen(moment, **event)

	def _amend(self, moment: datetime, life: Life) -> None:
		if self.uses:
			use = self._recent_use()
			quantity = str(self.random.randint(0, 400))
			self._happen(moment, do="amend_usage", customer=self.uses[use], id=use, quantity=quantity)

	def _void_use(self, moment: datetime, life: Life) -> None:
		if self.uses:
			use = self._recent_use()
			self._happen(moment, do="void_usage", customer=self.uses.pop(use), id=use)

	def _recent_use(self) -> str:
		return self.random.choice(list(self.uses)[-12:])

	def _use_late(self, moment: datetime, life: Life) -> None:
		self._use(moment, life, moment - timedelta(days=self.random.randint(1, 50)))

	def _pay(self, moment: datetime, life: Life) -> None:
		self._happen(moment, do="pay", order=life.order["id"])

	def _change(self, moment: datetime, life: Life) -> None:
		if life.status != "Active" or not life.lines:
			return
		line = self.random.choice(list(life.lines))
		plans = [plan["id"] for plan in self.plans if plan["agent"] == life.lines[line]]
		change: dict[str, Any] = {"seats": self.random.randint(0, 12)}
		if plans and self.random.random() < 0.5:
			change = {"plan": self.random.choice(plans)}
		self._happen(moment, do="change_line", order=life.order["id"], line=line, **change)

	def _pause_or_resume(self, moment: datetime, life: Life) -> None:
		if life.status == "Active":
			self._happen(moment, do="deactivate", order=life.order["id"])
			life.status = "Paused"
		elif life.status == "Paused":
			self._happen(moment, do="activate", order=life.order["id"])
			life.status = "Active"

	def _one_off(self, moment: datetime, life: Life) -> None:
		if life.status == "Active":
			self._happen(
				moment,
				do="one_off",
				order=life.order["id"],
				description="Training",
				amount=self._price(1, 99),
			)

	def _lines(self, moment: datetime, life: Life) -> None:
		if life.status != "Active":
			return
		if "L2" in life.lines and len(life.lines) > 1:
			self._happen(moment, do="remove_line", order=life.order["id"], line="L2")
			del life.lines["L2"]
		elif "L3" not in life.lines and "Agent B" not in life.lines.values():
			line = self._line("L3", "Agent B")
			self._happen(
				moment,
				do="add_line",
				order=life.order["id"],
				line="L3",
				**{key: line[key] for key in ("agent", "plan", "seats", "rollover")},
			)
			life.lines["L3"] = "Agent B"

	def _end(self, moment: datetime, life: Life) -> None:
		if life.status in ("Active", "Paused") and moment > BEGIN + timedelta(days=60):
			self._happen(moment, do="end", order=life.order["id"])
			life.status = "Ended"

	def _happen(self, moment: datetime, **event: Any) -> None:
		self.events.append(
			{
				"at": moment.isoformat(timespec="seconds"),
				**{key: value for key, value in event.items() if value is not None},
			}
		)

	def _price(self, low: int, high: int) -> str:
		return f"{self.random.randint(low * 100, high * 100) / 100:.2f}"
