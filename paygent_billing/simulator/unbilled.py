"""Usage that no invoice holds, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from paygent_billing.core.invoicing.unbilled import FILTERED, VOID, why_unbilled
from paygent_billing.core.usage import Metric
from paygent_billing.simulator.orders import Orders
from paygent_billing.simulator.store import Store

_ROWS = """
	SELECT id, order_id, agent, metric, day, properties, is_void, refusal, billing,
		billing IN (SELECT billing FROM invoice WHERE state = 'void') AS is_on_void_invoice,
		EXISTS (SELECT 1 FROM usage_event older WHERE older.customer = usage_event.customer
			AND older.id = usage_event.id AND older.billing IS NOT NULL) AS was_billed
	FROM usage_event
	WHERE is_current = 1
		AND (billing IS NULL OR is_on_void_invoice OR metric IN (SELECT value FROM json_each(?)))
	ORDER BY coalesce(corrects, sequence)
"""


def unbilled_usage(store: Store, orders: Orders) -> Iterator[tuple[str, str]]:
	"""The id of each such event, in the order of arrival, with the reason."""
	metrics = orders.scenario.metrics
	filtered = json.dumps([metric.id for metric in metrics.values() if metric.filters])
	for row in store.execute(_ROWS, filtered):
		reason = _reason(orders, metrics, row)
		if reason:
			yield row["id"], reason


def _reason(orders: Orders, metrics: Mapping[str, Metric], row: Any) -> str | None:
	"""Why no invoice holds it. A void use has a reason only while an invoice must still give it back."""
	if row["is_void"]:
		return None if row["billing"] or not row["was_billed"] else _why_waiting(orders, row)
	if row["refusal"]:
		return str(row["refusal"])
	if not metrics[row["metric"]].matches(json.loads(row["properties"] or "{}")):
		return FILTERED
	if row["billing"] is not None:
		return VOID if row["is_on_void_invoice"] else None
	return _why_waiting(orders, row)


def _why_waiting(orders: Orders, row: Any) -> str:
	state = orders.require(row["order_id"])
	day = date.fromisoformat(row["day"])
	return why_unbilled([(state.terms, state.position)], row["agent"], row["metric"], day)
