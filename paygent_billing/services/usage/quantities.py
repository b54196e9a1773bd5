"""Usage events of an order: claimed for a billing period, and added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import frappe
from frappe.model.document import Document
from pypika.functions import Cast, Count, Max, Min, Sum
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, CustomFunction

from paygent_billing.core.invoicing import OrderTerms
from paygent_billing.core.usage import UsageSpan
from paygent_billing.services.clock import midnight_ms, milliseconds
from paygent_billing.services.numbers import sum_as_text

Event = frappe.qb.DocType("Usage Event")
JsonValue = CustomFunction("JSON_VALUE", ["json", "path"])


@dataclass(frozen=True)
class OrderUsage:
	"""The usage that belongs to an order, seen from the billing period that is being billed.

	With `is_locked` the events that are added up are those committed by now, not those of the moment at which
	the transaction began, and none can come in between.
	"""

	order: Document
	terms: OrderTerms
	zone: ZoneInfo
	period: str
	is_locked: bool = False

	@cached_property
	def agents(self) -> dict[str, str]:
		"""The agent of each line."""
		return {line.id: line.agent for line in self.terms.lines}

	@cached_property
	def is_metered(self) -> bool:
		"""Whether any charge of the order, now or earlier, bills usage."""
		versions = (version for line in self.terms.lines for version in line.versions)
		return any(charge.metric for version in versions for charge in version.charges)

	def claim(self, spans: Sequence[UsageSpan]) -> None:
		"""Takes the unbilled events of the spans for the period: from now on no other invoice bills them."""
		for span in spans:
			query = frappe.qb.update(Event).set(Event.billing_period, self.period)
			query.where(self._is_of(span)).where(self.is_unbilled()).run()

	def claimed(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What the events add up to that the period claimed."""
		return {span: self._add_up(span, Event.billing_period == self.period) for span in spans}

	def billed(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What all claimed events add up to, whichever invoice they are on."""
		return {span: self._add_up(span, Event.billing_period.isnotnull()) for span in spans}

	def unbilled(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What the events add up to that no invoice holds yet."""
		return {span: self._add_up(span, self.is_unbilled()) for span in spans}

	def so_far(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What all events add up to that are not refused, billed or not."""
		return {span: self._add_up(span, Event.refused_because.isnull()) for span in spans}

	def first_unbilled_before(self, moment_ms: int) -> int | None:
		"""When the oldest event happened that came too late for its period, in ms; None when there is
		none.
		"""
		agents = sorted(set(self.agents.values()))
		query = (
			frappe.qb.from_(Event)
			.select(Min(Event.occurred_ms))
			.where(self.is_unbilled())
			.where(Event.ai_agent.isin(agents))
			.where(Event.occurred_ms < moment_ms)
			.where(Event.occurred_ms >= midnight_ms(self.terms.start, self.zone))
		)
		return query.run()[0][0]

	def is_unbilled(self) -> Criterion:
		"""The customer's events that no invoice holds and that belong to this order."""
		return (
			(Event.customer == self.order.customer)
			& Event.billing_period.isnull()
			& Event.refused_because.isnull()
			& self._names_order()
		)

	def _names_order(self) -> Criterion:
		if self.order.usage_names_order:
			return Event.billing_order == self.order.name
		return Event.billing_order.isnull() | (Event.billing_order == self.order.name)

	def _is_of(self, span: UsageSpan) -> Criterion:
		start, end = span.period.instants(self.zone)
		return (
			(Event.customer == self.order.customer)
			& (Event.ai_agent == self.agents[span.line])
			& (Event.metric == span.metric)
			& (Event.occurred_ms >= milliseconds(start))
			& (Event.occurred_ms < milliseconds(end))
			& self._names_order()
		)

	def _add_up(self, span: UsageSpan, which: Criterion) -> Decimal:
		metric = frappe.get_cached_doc("Usage Metric", span.metric)
		query = frappe.qb.from_(Event).where(self._is_of(span)).where(which)
		query = _aggregated(query, metric)
		rows = (query.for_update() if self.is_locked else query).run()
		return sum_as_text(rows[0][0] if rows else None)


def _aggregated(query: QueryBuilder, metric: Document) -> QueryBuilder:
	"""The query with the metric's aggregation, as text, so that no float comes between."""
	match metric.aggregation:
		case "Sum":
			return query.select(Cast(Sum(Event.quantity), "CHAR"))
		case "Count":
			return query.select(Cast(Count("*"), "CHAR"))
		case "Max":
			return query.select(Cast(Max(Event.quantity), "CHAR"))
		case "Unique":
			value = JsonValue(Event.properties, f'$."{metric.unique_property}"')
			return query.select(Cast(Count(value).distinct(), "CHAR"))
	return (
		query.select(Cast(Event.quantity, "CHAR"))
		.orderby(Event.occurred_ms, Event.name, order=frappe.qb.desc)
		.limit(1)
	)
