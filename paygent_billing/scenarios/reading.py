"""From a scenario file to a scenario, or to the reason why it is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, is_currency

from paygent_billing.core.money import Currency
from paygent_billing.scenarios.catalogue import read_agents, read_customers, read_metrics, read_plans
from paygent_billing.scenarios.contracts import read_orders
from paygent_billing.scenarios.document import Document
from paygent_billing.scenarios.errors import Problem
from paygent_billing.scenarios.happenings import read_events
from paygent_billing.scenarios.plausible import check_story
from paygent_billing.scenarios.scenario import Scenario
from paygent_billing.scenarios.shape import shaped
from paygent_billing.scenarios.source import Source


def load_scenario(file: str | FilePath) -> Scenario:
	"""The scenario in the file. ScenarioError, with file and line, when it makes no sense."""
	return read_scenario(Source.read(file))


def read_scenario(source: Source) -> Scenario:
	"""The scenario in the text. ScenarioError, with file and line, when it makes no sense."""
	values = source.values()
	try:
		scenario = _read(values)
		check_story(scenario)
	except Problem as problem:
		raise source.refuse(problem) from None
	return scenario


def _read(values: Any) -> Scenario:
	if not isinstance(values, dict):
		raise Problem((), "A scenario is a mapping, with keys such as currency, customers, orders and events")
	happenings = values.pop("events", None)
	document = shaped(Document, values, ())
	currency, zone = _currency(document), _zone(document.timezone)
	_check_one_currency(document)
	customers, metrics = read_customers(document), read_metrics(document)
	agents = read_agents(document, metrics)
	plans = read_plans(document, agents, metrics)
	priced = Scenario(
		document.name, currency, zone, document.until, customers, metrics, agents, plans, {}, ()
	)
	agreed = replace(priced, orders=read_orders(document, priced))
	return replace(agreed, events=read_events(happenings, agreed))


def _currency(document: Document) -> Currency:
	if not is_currency(document.currency):
		raise Problem(("currency",), f"{document.currency} is no currency: write its ISO code, such as USD")
	decimals = document.decimals
	if decimals is None:
		decimals = get_currency_precision(document.currency)
	try:
		return Currency(document.currency, decimals, document.rounding)
	except ValueError as error:
		raise Problem(("decimals",), str(error)) from None


def _zone(name: str) -> ZoneInfo:
	try:
		return ZoneInfo(name)
	except (KeyError, ValueError, OSError):
		raise Problem(
			("timezone",), f"The time zone {name} is unknown: write one such as Europe/Berlin"
		) from None


def _check_one_currency(document: Document) -> None:
	for key in ("customers", "plans", "orders"):
		for number, part in enumerate(getattr(document, key)):
			if part.currency not in (None, document.currency):
				raise Problem(
					(key, number, "currency"),
					f"{part.id} is in {part.currency}, the scenario in "
					f"{document.currency}: one scenario, one currency",
				)
