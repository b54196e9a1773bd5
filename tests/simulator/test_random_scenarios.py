"""Random years of random orders, from the seeds that the tests on a site use too."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import yaml

from paygent_billing.simulator.running import RunningUsage
from paygent_billing.tests.random_scenarios import random_scenario

from .build import result

SEEDS = range(30)


def ended(seed, **terms):
	"""The scenario of the seed with all its orders ended with its last event, and billed. `terms` are set, or
	with None removed.
	"""
	values = yaml.safe_load(random_scenario(seed))
	events = values["events"] = [event for event in values["events"] if event["do"] != "end"]
	last = datetime.fromisoformat(events[-1]["at"])
	for order in values["orders"]:
		order.update(terms)
		for key in [key for key, value in terms.items() if value is None]:
			order.pop(key)
		events.append({"at": last.isoformat(), "do": "end", "order": order["id"]})
	events.append(
		{"at": (last + timedelta(days=45)).isoformat(), "do": "bill"}
	)  # past any invoice day and grace
	return values


def outcome_of(values):
	return result(yaml.safe_dump(values, sort_keys=False))


def usage_of(outcome):
	"""What usage and minimums come to, by order, line, charge and first day; what is given back is gone."""
	sums = defaultdict(Decimal)
	for invoice in outcome["invoices"]:
		for line in invoice["lines"]:
			if line["type"] in ("usage", "minimum"):
				key = invoice["order"], line["line"], line["charge"], line["from"]
				sums[key] += Decimal(line["amount"])
	return {key: amount for key, amount in sums.items() if amount}


@pytest.mark.parametrize("seed", SEEDS)
def test_invoices_add_up_and_nothing_is_left_in_draft_after_the_end(seed):
	invoices = outcome_of(ended(seed))["invoices"]

	assert [invoice["number"] for invoice in invoices] == list(range(1, len(invoices) + 1))
	for invoice in invoices:
		parts = sum(Decimal(line["amount"]) for line in invoice["lines"])
		assert parts == Decimal(invoice["subtotal"]) >= 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_threshold_changes_when_usage_is_invoiced_and_not_what_it_comes_to(seed):
	early = outcome_of(ended(seed, grace_hours=None, threshold="25.00"))
	plain = outcome_of(ended(seed, grace_hours=None, threshold=None))

	assert usage_of(early) == usage_of(plain)
	assert early.get("unbilled") == plain.get("unbilled")


@pytest.mark.parametrize("seed", SEEDS)
def test_usage_counted_up_as_it_arrives_is_that_counted_anew_each_time(seed, monkeypatch):
	values = ended(seed, threshold="25.00")
	counted_up = outcome_of(values)
	of = RunningUsage.of
	monkeypatch.setattr(
		RunningUsage, "of", lambda self, state, step, period, new: of(self, state, step, period, None)
	)

	assert outcome_of(values) == counted_up


@pytest.mark.parametrize("seed", SEEDS)
def test_corrections_come_to_the_same_as_usage_that_was_right_from_the_start(seed):
	values = ended(seed, grace_hours=None)
	corrected = outcome_of(values)
	values["events"] = list(right_from_the_start(values["events"]))
	right = outcome_of(values)

	assert usage_of(corrected) == usage_of(right)


def right_from_the_start(events):
	"""The events without corrections: amended as they happen, void ones left out."""
	quantities, void = {}, set()
	for event in events:
		if event["do"] == "amend_usage":
			quantities[event["id"]] = event["quantity"]
		elif event["do"] == "void_usage":
			void.add(event["id"])
	for event in events:
		if event["do"] in ("amend_usage", "void_usage") or (event["do"] == "usage" and event["id"] in void):
			continue
		is_amended = event["do"] == "usage" and event["id"] in quantities
		yield {**event, "quantity": quantities[event["id"]]} if is_amended else event
