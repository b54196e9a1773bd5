"""Invoices that wait for their grace: what they would be if they were issued now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from paygent_billing.core.invoicing import has_grace, invoice_date
from paygent_billing.scenarios import Scenario
from paygent_billing.simulator.billing import Biller
from paygent_billing.simulator.orders import Orders
from paygent_billing.simulator.running import RunningUsage
from paygent_billing.simulator.store import Store


def drafted(scenario: Scenario, store: Store, today: date) -> Iterator[Any]:
	"""The invoice of each order whose next invoice date has come but not its issue, by order id.

	Each is billed and taken back: what is read of it must be read before the next one is asked for.
	"""
	for order in Orders(store, scenario).due(today):
		with store.rehearsal():
			orders = Orders(store, scenario)
			state = orders.require(order)
			step = state.next_step
			if step is None or not has_grace(state.terms, step):
				continue
			if (invoice_date(state.terms, step) or date.max) > today:
				continue
			before = _last_number(store)
			running = RunningUsage(store, scenario.metrics)
			Biller(store, scenario, orders, running).bill(state, step, today)
			yield from store.all("SELECT * FROM invoice WHERE number > ?", before)


def _last_number(store: Store) -> int:
	row = store.one("SELECT coalesce(max(number), 0) AS number FROM invoice")
	return int(row["number"]) if row else 0
