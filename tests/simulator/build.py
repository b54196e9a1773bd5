"""Scenarios for tests, and what they come to."""

import json
from pathlib import Path

from paygent_billing.scenarios import Source
from paygent_billing.simulator.session import simulate
from paygent_billing.simulator.store import TEMPORARY

CASES = Path(__file__).parent.parent / "cases"

HEAD = """\
currency: {currency}
timezone: {timezone}
customers: [{{id: Acme}}]
metrics: [{{id: calls, aggregation: sum}}]
agents:
  - id: Guard
    charges: [{charges}]
orders:
  - {{id: ORD-1, customer: Acme, {order}, lines: [{{id: L1, agent: Guard, seats: 1{line}}}]}}
events:
"""

FEE = '{id: fee, type: platform_fee, model: flat, price: "31.00"}'
CALLS = '{id: calls, type: usage, metric: calls, model: per_unit, rate: "1.00"}'


def scenario(
	*events, charges=FEE, order="start: 2026-01-01, billing_day: 1", line="", currency="USD", timezone="UTC"
):
	"""The text of a scenario with one order; the events are written without their braces."""
	head = HEAD.format(charges=charges, order=order, line=line, currency=currency, timezone=timezone)
	return head + "".join(f"  - {{{event}}}\n" for event in events)


def activate(at, order="ORD-1"):
	return f"at: {at}, do: activate, order: {order}"


def pause(at, order="ORD-1"):
	return f"at: {at}, do: deactivate, order: {order}"


def end(at, order="ORD-1"):
	return f"at: {at}, do: end, order: {order}"


def bill(at, until=None):
	return f"at: {at}, do: bill" + (f", daily_until: {until}" if until else "")


def use(at, id, quantity="1", more=""):
	what = f'customer: Acme, agent: Guard, metric: calls, quantity: "{quantity}"'
	return f"at: {at}, do: usage, {what}, id: {id}{more}"


def result(text, *, db=TEMPORARY, watcher=None):
	"""What the scenario comes to, as --json prints it."""
	session = simulate(Source("scenario.yaml", text), db, watcher)
	try:
		return json.loads("".join(session.report.json()))
	finally:
		session.store.close()


def lines(outcome):
	"""All lines of all invoices, in short: (invoice, charge, from, to, quantity, amount)."""
	keys = "charge", "from", "to", "quantity", "amount"
	return [
		(invoice["number"], *(line[key] for key in keys))
		for invoice in outcome["invoices"]
		for line in invoice["lines"]
	]


def without_line_order(outcome):
	"""The outcome with the lines of each invoice sorted: they are a set."""
	for invoice in outcome["invoices"]:
		invoice["lines"].sort(key=lambda line: json.dumps(line, sort_keys=True))
	return outcome
