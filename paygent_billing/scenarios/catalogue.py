"""Customers, metrics, agents and plans, each by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from paygent_billing.core.invoicing import Charge, Tax
from paygent_billing.core.period import Interval, Unit
from paygent_billing.core.usage import Metric, PropertyFilter, QuantityRounding
from paygent_billing.scenarios.charges import ChargeError, ChargeValues, build_charge
from paygent_billing.scenarios.document import (
	CustomerDocument,
	Document,
	MetricDocument,
	PlanDocument,
	RoundingDocument,
)
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.scenario import Agent, Customer, Plan

Made = TypeVar("Made")
Known = TypeVar("Known")


def by_id(documents: Sequence[Any], path: Path, make: Callable[[Any, Path], Made]) -> dict[str, Made]:
	"""What `make` makes of each document, by its id. Problem when two have the same."""
	made: dict[str, Made] = {}
	for number, document in enumerate(documents):
		if document.id in made:
			raise Problem(
				(*path, number, "id"), f"The id {document.id} is taken already: give it another one"
			)
		made[document.id] = make(document, (*path, number))
	return made


def known(things: Mapping[str, Known], id: str, path: Path) -> Known:
	"""The thing with that id. Problem when there is none; the path's last key says what it is."""
	if id not in things:
		raise Problem(path, f"The {path[-1]} {id} is unknown: define it above, or correct its spelling")
	return things[id]


def read_customers(document: Document) -> dict[str, Customer]:
	return by_id(document.customers, ("customers",), _customer)


def _customer(document: CustomerDocument, path: Path) -> Customer:
	taxes = []
	for number, tax in enumerate(document.taxes):
		try:
			taxes.append(Tax(tax.name, tax.rate))
		except ValueError as error:
			raise Problem((*path, "taxes", number, "rate"), str(error)) from None
	return Customer(document.id, tuple(taxes), document.credit_value)


def read_metrics(document: Document) -> dict[str, Metric]:
	return by_id(document.metrics, ("metrics",), _metric)


def _metric(document: MetricDocument, path: Path) -> Metric:
	filters = tuple(
		_filter(name, values, (*path, "filters", name)) for name, values in (document.filters or {}).items()
	)
	rounding = _rounding(document.rounding, (*path, "rounding", "decimals"))
	try:
		return Metric(document.id, document.aggregation, document.property, filters, rounding)
	except ValueError as error:
		raise Problem(path, str(error)) from None


def _filter(name: str, values: tuple[str, ...], path: Path) -> PropertyFilter:
	try:
		return PropertyFilter(name, values)
	except ValueError as error:
		raise Problem(path, str(error)) from None


def _rounding(document: RoundingDocument | None, path: Path) -> QuantityRounding | None:
	if document is None:
		return None
	try:
		return QuantityRounding(document.mode, document.decimals)
	except ValueError as error:
		raise Problem(path, str(error)) from None


def read_agents(document: Document, metrics: Mapping[str, Metric]) -> dict[str, Agent]:
	return by_id(
		document.agents,
		("agents",),
		lambda agent, path: Agent(agent.id, read_charges(agent.charges, path, metrics)),
	)


def read_plans(
	document: Document, agents: Mapping[str, Agent], metrics: Mapping[str, Metric]
) -> dict[str, Plan]:
	def plan(document: PlanDocument, path: Path) -> Plan:
		known(agents, document.agent, (*path, "agent"))
		interval = _interval_of_plan(document, path)
		return Plan(document.id, document.agent, read_charges(document.charges, path, metrics), interval)

	return by_id(document.plans, ("plans",), plan)


def _interval_of_plan(document: PlanDocument, path: Path) -> Interval | None:
	if document.interval is None:
		if document.interval_count is not None:
			raise Problem(
				(*path, "interval_count"), "interval_count needs an interval, such as month, beside it"
			)
		return None
	count = 1 if document.interval_count is None else document.interval_count
	return read_interval(document.interval, count, path)


def read_interval(unit: Unit, count: int, path: Path) -> Interval:
	try:
		return Interval(unit, count)
	except ValueError as error:
		raise Problem((*path, "interval_count"), str(error)) from None


def read_charges(
	charges: Sequence[ChargeValues], path: Path, metrics: Mapping[str, Metric]
) -> tuple[Charge, ...]:
	"""The charges of a plan or agent."""
	return tuple(by_id(charges, (*path, "charges"), lambda values, at: _charge(values, at, metrics)).values())


def _charge(values: ChargeValues, path: Path, metrics: Mapping[str, Metric]) -> Charge:
	if values.metric is not None:
		known(metrics, values.metric, (*path, "metric"))
	try:
		return build_charge(values)
	except ChargeError as error:
		raise Problem((*path, error.field) if error.field else path, f"{values.id}: {error}") from None
