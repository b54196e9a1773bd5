"""A Usage Metric document as the core's metric, and as SQL that adds its events up."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.model.document import Document
from pypika.functions import Cast, Coalesce, Count, Max, NullIf, Sum
from pypika.queries import QueryBuilder
from pypika.terms import CustomFunction, Term

from paygent_billing.core.usage import Aggregation, Metric, PropertyFilter, QuantityRounding, RoundingMode
from paygent_billing.services.numbers import sum_as_text

Event = frappe.qb.DocType("Usage Event")
JsonValue = CustomFunction("JSON_VALUE", ["json", "path"])


def metric_of(document: Document) -> Metric:
	"""The metric. ValueError says what in it makes no sense."""
	rounding = None
	if document.rounding:
		rounding = QuantityRounding(RoundingMode(document.rounding.lower()), document.rounding_decimals or 0)
	return Metric(
		id=document.metric_code,
		aggregation=Aggregation(document.aggregation.lower()),
		property_name=document.property_name or None,
		filters=tuple(
			PropertyFilter(row.property_name, tuple(row.values.splitlines())) for row in document.filters
		),
		rounding=rounding,
	)


def add_up(query: QueryBuilder, metric: Metric) -> Decimal:
	"""What the query's events come to by the metric, added up by the database without floats."""
	for one in metric.filters:
		query = query.where(_property(one.name).isin(one.values))
	rows = _aggregated(query, metric).run()
	quantity = sum_as_text(rows[0][0] if rows else None)
	return metric.rounded(quantity)


def _property(name: str) -> Term:
	return JsonValue(Event.properties, f'$."{name}"')


def _value(metric: Metric) -> Term:
	if metric.value_property is None:
		return Event.quantity
	return Cast(_property(metric.value_property), "DECIMAL(36,12)")


def _aggregated(query: QueryBuilder, metric: Metric) -> QueryBuilder:
	match metric.aggregation:
		case Aggregation.SUM:
			return query.select(Cast(Sum(_value(metric)), "CHAR"))
		case Aggregation.COUNT:
			return query.select(Cast(Count("*"), "CHAR"))
		case Aggregation.MAX:
			return query.select(Cast(Max(_value(metric)), "CHAR"))
		case Aggregation.UNIQUE:
			return query.select(Cast(Count(_property(metric.unique_property or "")).distinct(), "CHAR"))
	return _last(query, metric)


def _last(query: QueryBuilder, metric: Metric) -> QueryBuilder:
	"""The latest by occurrence, of equals the one whose original arrived last."""
	if metric.value_property:
		query = query.where(_property(metric.value_property).isnotnull())
	arrived = Coalesce(NullIf(Event.corrects, 0), Event.name)
	return (
		query.select(Cast(_value(metric), "CHAR"))
		.orderby(Event.occurred_ms, arrived, order=frappe.qb.desc)
		.limit(1)
	)
