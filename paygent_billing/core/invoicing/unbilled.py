"""Why usage is on no invoice: the reasons in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.terms import OrderTerms

NO_ORDER = "no active order"
BEFORE_START = "before the order's start"
AFTER_END = "after the order's end"
PAUSED = "order paused"
NO_CHARGE = "no charge for this metric"
NOT_ENDED = "period not ended"
CLOSED = "order closed"
USED_UP = "credits used up"
VOID = "invoice void"
FILTERED = "does not match the metric's filter"


def why_unbilled(
	candidates: Sequence[tuple[OrderTerms, OrderPosition]], agent: str, metric: str, day: date
) -> str:
	"""The reason why usage of that day is on no invoice yet.

	`candidates` are the active, paused and ended orders to which it could belong. Of several, the order that
	served that day answers, else the one that explains most.
	"""
	reasons = [
		reason for terms, position in candidates for reason in _reasons(terms, position, agent, metric, day)
	]
	return next((reason for reason in _BY_WEIGHT if reason in reasons), NO_ORDER)


_BY_WEIGHT = (NOT_ENDED, CLOSED, NO_CHARGE, PAUSED, AFTER_END, BEFORE_START)


def _reasons(terms: OrderTerms, position: OrderPosition, agent: str, metric: str, day: date) -> list[str]:
	lines = [line for line in terms.lines if line.agent == agent]
	if not lines:
		return []
	if day < min(line.start for line in lines):
		return [BEFORE_START]
	ends = [line.end or terms.end for line in lines]
	if None not in ends and day >= max(end for end in ends if end):
		return [AFTER_END]
	if terms.span_at(day) is None:
		return [AFTER_END if terms.end and day >= terms.end else PAUSED]
	versions = [
		version
		for line in lines
		for version in line.versions
		if version.valid_from <= day and (version.valid_until is None or day < version.valid_until)
	]
	if not any(charge.metric == metric for version in versions for charge in version.charges):
		return [NO_CHARGE]
	return [CLOSED if position.is_closed else NOT_ENDED]
