"""What an invoice's lines were computed from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paygent_billing.core.invoicing import InvoiceLine, LineType, OrderTerms
from paygent_billing.core.invoicing.unbilled import FILTERED
from paygent_billing.core.money import format_quantity, parse_decimal
from paygent_billing.core.usage import Metric
from paygent_billing.scenarios import Scenario
from paygent_billing.simulator.orders import Orders
from paygent_billing.simulator.report import lines_of
from paygent_billing.simulator.store import Store


@dataclass(frozen=True)
class Explained:
	"""A line, and the facts behind it in words."""

	line: InvoiceLine
	facts: tuple[str, ...]


def explain_invoice(scenario: Scenario, store: Store, invoice: Any) -> list[Explained]:
	"""The invoice's lines; for usage with the events behind them, for drawn credits with their lots."""
	lines = lines_of(store, invoice["billing"])
	if invoice["order_id"] is None:
		money = scenario.currency.format
		return [Explained(line, (f"buys {money(line.credits)} of credits",)) for line in lines]
	terms = Orders(store, scenario).require(invoice["order_id"]).terms
	metrics = scenario.metrics
	return [Explained(line, tuple(_facts(store, terms, metrics, invoice["billing"], line))) for line in lines]


def _facts(
	store: Store, terms: OrderTerms, metrics: Mapping[str, Metric], billing: int, line: InvoiceLine
) -> Iterator[str]:
	if line.type is LineType.USAGE:
		yield from _events(store, terms, metrics, billing, line)
	if line.type is LineType.CREDIT:
		yield from _draws(store, terms, billing)
	if line.credits > 0:
		yield f"grants {terms.currency.format(line.credits)} of credits"


def _events(
	store: Store, terms: OrderTerms, metrics: Mapping[str, Metric], billing: int, line: InvoiceLine
) -> Iterator[str]:
	if line.period is None:
		return
	metric = metrics[_metric(terms, line) or ""]
	rows = store.execute(
		"SELECT id, version, is_void, occurred_at, quantity, properties FROM usage_event WHERE billing = ? "
		"AND agent = ? AND metric = ? AND day >= ? AND day < ? ORDER BY sequence",
		billing,
		line.agent,
		metric.id,
		line.period.start.isoformat(),
		line.period.end.isoformat(),
	)
	for row in rows:
		yield f"{_name(row)}: {_counted(metric, row)} at {row['occurred_at'][:19].replace('T', ' ')} UTC"


def _name(row: Any) -> str:
	return f"{row['id']}, amended" if row["version"] and not row["is_void"] else str(row["id"])


def _counted(metric: Metric, row: Any) -> str:
	"""What the event counts for: its quantity, and the value of the metric's property."""
	if row["is_void"]:
		return "void"
	properties = json.loads(row["properties"] or "{}")
	value = properties.get(metric.property_name)
	words = format_quantity(parse_decimal(row["quantity"])) + (f" ({value})" if value else "")
	return words if metric.matches(properties) else f"{words}, {FILTERED}"


def _metric(terms: OrderTerms, line: InvoiceLine) -> str | None:
	order_line = next(known for known in terms.lines if known.id == line.line)
	charges = {charge.id: charge for version in order_line.versions for charge in version.charges}
	return charges[line.charge].metric


def _draws(store: Store, terms: OrderTerms, billing: int) -> Iterator[str]:
	rows = store.execute(
		"SELECT lot.id, lot.source, lot.invoice, entry.available FROM wallet_entry entry "
		"JOIN lot ON lot.id = entry.lot WHERE entry.billing = ? AND entry.kind = 'draw' ORDER BY entry.id",
		billing,
	)
	for row in rows:
		invoice = f"with invoice {row['invoice']}" if row["invoice"] else "without an invoice"
		source = f"{row['source']} {invoice}"
		yield f"{terms.currency.format(-parse_decimal(row['available']))} of lot {row['id']}, {source}"
