"""Usage events of an order: claimed for a billing period, and added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import frappe
from frappe.model.document import Document
from pypika.functions import Min
from pypika.terms import Criterion

from paygent_billing.core.invoicing import OrderTerms
from paygent_billing.core.usage import UsageSpan
from paygent_billing.services.clock import midnight_ms, milliseconds
from paygent_billing.services.usage.metrics import add_up, metric_of
from paygent_billing.services.usage.store import COUNTS, TAKES_BACK

Event = frappe.qb.DocType("Usage Event")


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
			query.where(self._is_of(span)).where(self.awaits_invoice()).run()

	def claimed(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What the events add up to that the period claimed."""
		return {span: self._add_up(span, Event.billing_period == self.period) for span in spans}

	def billed(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What all claimed events add up to, whichever invoice they are on."""
		is_billed = Event.billing_period.isnotnull()
		return {span: self._add_up(span, is_billed, as_of_now=True) for span in spans}

	def unbilled(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What the events add up to that no invoice holds yet."""
		return {span: self._add_up(span, Event.billing_period.isnull()) for span in spans}

	def so_far(self, spans: Sequence[UsageSpan]) -> dict[UsageSpan, Decimal]:
		"""What all events add up to that are not refused, billed or not."""
		return {span: self._add_up(span) for span in spans}

	def first_unbilled_before(self, moment_ms: int) -> int | None:
		"""When the oldest event happened that came too late for its period, in ms; None when there is
		none.
		"""
		agents = sorted(set(self.agents.values()))
		query = (
			frappe.qb.from_(Event)
			.select(Min(Event.occurred_ms))
			.where(self.awaits_invoice())
			.where(Event.ai_agent.isin(agents))
			.where(Event.occurred_ms < moment_ms)
			.where(Event.occurred_ms >= midnight_ms(self.terms.start, self.zone))
		)
		return query.run()[0][0]

	def awaits_invoice(self) -> Criterion:
		"""The order's events that no invoice holds, and those that take back what an invoice holds."""
		return (
			(Event.customer == self.order.customer)
			& Event.billing_period.isnull()
			& Event.standing.isin((COUNTS, TAKES_BACK))
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

	def _add_up(self, span: UsageSpan, which: Criterion | None = None, *, as_of_now: bool = False) -> Decimal:
		"""Adds up what counts of the span. `as_of_now` also sees corrections that were committed since this
		transaction began, and keeps further ones waiting.
		"""
		metric = metric_of(frappe.get_cached_doc("Usage Metric", span.metric))
		query = frappe.qb.from_(Event).where(self._is_of(span)).where(Event.standing == COUNTS)
		query = query.where(which) if which else query
		query = query.for_update() if as_of_now or self.is_locked else query
		return add_up(query, metric)
