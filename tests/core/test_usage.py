from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.usage import Aggregation, Metric, UsageEvent, aggregate


def event(hour: int, quantity: str, value: str | None = None) -> UsageEvent:
	return UsageEvent(datetime(2026, 1, 1, hour, tzinfo=timezone.utc), Decimal(quantity), value)


EVENTS = [
	event(9, "3", "ann"),
	event(11, "7.5", "bob"),
	event(8, "2", "ann"),
	event(11, "4"),
	event(10, "-1", "cy"),
]

events = st.builds(
	event,
	st.integers(0, 23),
	st.integers(-99, 99).map(str),
	st.none() | st.sampled_from(["ann", "bob", "cy"]),
)


@pytest.mark.parametrize(
	("aggregation", "expected"),
	[
		(Aggregation.SUM, "15.5"),
		(Aggregation.COUNT, "5"),
		(Aggregation.MAX, "7.5"),
		(Aggregation.UNIQUE, "3"),
		(Aggregation.LAST, "4"),
	],
)
def test_events_become_one_quantity(aggregation: Aggregation, expected: str) -> None:
	assert aggregate(aggregation, EVENTS) == Decimal(expected)


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_no_events_are_a_quantity_of_zero(aggregation: Aggregation) -> None:
	assert aggregate(aggregation, []) == 0


def test_last_of_two_events_at_the_same_moment_is_the_one_that_arrived_later() -> None:
	assert aggregate(Aggregation.LAST, [event(9, "1"), event(9, "2"), event(8, "3")]) == 2


@pytest.mark.parametrize(
	"aggregation", [Aggregation.SUM, Aggregation.COUNT, Aggregation.MAX, Aggregation.UNIQUE]
)
@given(st.lists(events), st.randoms())
def test_order_of_arrival_changes_no_quantity_but_the_last(
	aggregation: Aggregation, some: list[UsageEvent], chance
) -> None:  # type: ignore[no-untyped-def]
	shuffled = list(some)
	chance.shuffle(shuffled)
	assert aggregate(aggregation, shuffled) == aggregate(aggregation, some)


@given(st.lists(events), st.lists(events))
def test_sums_and_counts_of_parts_add_up(some: list[UsageEvent], others: list[UsageEvent]) -> None:
	for kind in (Aggregation.SUM, Aggregation.COUNT):
		assert aggregate(kind, some) + aggregate(kind, others) == aggregate(kind, some + others)


@pytest.mark.parametrize(("kind", "counted"), [(Aggregation.UNIQUE, None), (Aggregation.SUM, "user_id")])
def test_a_property_belongs_to_unique_only(kind: Aggregation, counted: str | None) -> None:
	with pytest.raises(
		ValueError, match="Metric users: a property belongs to the aggregation unique, and only to it"
	):
		Metric("users", kind, counted)
