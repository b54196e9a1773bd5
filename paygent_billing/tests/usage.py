"""Usage for tests: an order that takes it, and events as programs send them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import frappe

from paygent_billing.services.usage.batch import record_batch
from paygent_billing.services.usage.results import Result
from paygent_billing.tests.factories import (
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	unique,
	usage_charge,
)
from paygent_billing.tests.site_case import utc

NOW = utc(2026, 1, 20)


@dataclass(frozen=True)
class Sender:
	"""A customer with an active order for one agent and metric, at a price of 1 a unit."""

	customer: str
	agent: str
	metric: str
	order: str

	def event(self, **values: object) -> dict[str, object]:
		return {
			"id": unique("e"),
			"customer": self.customer,
			"agent": self.agent,
			"metric": self.metric,
			"quantity": 1,
			"occurred_at": "2026-01-10T12:00:00Z",
			**values,
		}

	def rows(self) -> list[frappe._dict]:
		return frappe.get_all(
			"Usage Event",
			filters={"customer": self.customer},
			fields=["event_id", "quantity", "sequence", "standing", "billing_period", "is_void"],
			order_by="name asc",
		)

	def days(self) -> list[tuple[str, float, int]]:
		rows = frappe.get_all(
			"Usage Day",
			filters={"customer": self.customer},
			fields=["usage_day", "quantity", "events"],
			order_by="usage_day asc, ai_agent asc",
		)
		return [(str(row.usage_day), row.quantity, row.events) for row in rows]


def make_sender(aggregation: str = "Sum", **line: object) -> Sender:
	customer, metric = make_customer(), make_metric(aggregation, "user" if aggregation == "Unique" else None)
	agent = make_agent(usage_charge(metric, 1))
	order = make_active_order({"agent": agent, **line}, at=utc(2026, 1, 1), customer=customer)
	return Sender(customer, agent, metric, order)


def send(*events: object, now: datetime = NOW) -> list[Result]:
	"""Records the events and commits."""
	results = record_batch(list(events), now)
	frappe.db.commit()
	return results


def statuses(results: list[Result]) -> list[tuple[str, str | None]]:
	return [(result.status.value, result.code) for result in results]


def iso(moment: datetime, **later: int) -> str:
	return (moment.astimezone(timezone.utc) + timedelta(**later)).isoformat()
