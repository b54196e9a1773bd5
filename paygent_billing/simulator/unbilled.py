"""Usage that no invoice holds, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from paygent_billing.core.invoicing.unbilled import VOID, why_unbilled
from paygent_billing.simulator.orders import Orders
from paygent_billing.simulator.store import Store

_ROWS = """
	SELECT id, order_id, agent, metric, day, refusal, billing FROM usage_event
	WHERE billing IS NULL
		OR billing IN (SELECT billing FROM invoice WHERE state = 'void')
	ORDER BY sequence
"""


def unbilled_usage(store: Store, orders: Orders) -> Iterator[tuple[str, str]]:
	"""The id of each such event, in the order of arrival, with the reason."""
	for row in store.execute(_ROWS):
		yield row["id"], _reason(orders, row)


def _reason(orders: Orders, row: Any) -> str:
	if row["billing"] is not None:
		return VOID
	if row["refusal"]:
		return str(row["refusal"])
	state = orders.require(row["order_id"])
	day = date.fromisoformat(row["day"])
	return why_unbilled([(state.terms, state.position)], row["agent"], row["metric"], day)
