from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.usage import (
	Aggregation,
	Metric,
	PropertyFilter,
	QuantityRounding,
	RoundingMode,
	Tally,
	UsageEvent,
	aggregate,
)


def event(hour: int, quantity: str, user: str | None = None, **properties: str) -> UsageEvent:
	if user is not None:
		properties["user"] = user
	return UsageEvent(datetime(2026, 1, 1, hour, tzinfo=timezone.utc), Decimal(quantity), properties)


def metric(kind: Aggregation) -> Metric:
	return Metric("m", kind, "user" if kind is Aggregation.UNIQUE else None)


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
	assert aggregate(metric(aggregation), EVENTS) == Decimal(expected)


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_no_events_are_a_quantity_of_zero(aggregation: Aggregation) -> None:
	assert aggregate(metric(aggregation), []) == 0


def test_last_of_two_events_at_the_same_moment_is_the_one_that_arrived_later() -> None:
	assert aggregate(metric(Aggregation.LAST), [event(9, "1"), event(9, "2"), event(8, "3")]) == 2


@pytest.mark.parametrize(
	"aggregation", [Aggregation.SUM, Aggregation.COUNT, Aggregation.MAX, Aggregation.UNIQUE]
)
@given(st.lists(events), st.randoms())
def test_order_of_arrival_changes_no_quantity_but_the_last(
	aggregation: Aggregation, some: list[UsageEvent], chance
) -> None:  # type: ignore[no-untyped-def]
	shuffled = list(some)
	chance.shuffle(shuffled)
	assert aggregate(metric(aggregation), shuffled) == aggregate(metric(aggregation), some)


@given(st.sampled_from(list(Aggregation)), st.lists(events))
def test_a_tally_has_at_any_time_the_quantity_of_what_was_added(
	kind: Aggregation, some: list[UsageEvent]
) -> None:
	tally = Tally(metric(kind))
	for number, one in enumerate(some, start=1):
		tally.add(one)
		assert tally.quantity == aggregate(metric(kind), some[:number])


@given(st.lists(events), st.lists(events))
def test_sums_and_counts_of_parts_add_up(some: list[UsageEvent], others: list[UsageEvent]) -> None:
	for kind in (Aggregation.SUM, Aggregation.COUNT):
		parts = aggregate(metric(kind), some) + aggregate(metric(kind), others)
		assert parts == aggregate(metric(kind), some + others)


@pytest.mark.parametrize(
	("kind", "name", "message"),
	[
		(Aggregation.UNIQUE, None, "Metric m: unique counts the values of a property, so name the property"),
		(Aggregation.COUNT, "user", "Metric m: count counts events, so it takes no property"),
	],
)
def test_unique_needs_a_property_and_count_takes_none(
	kind: Aggregation, name: str | None, message: str
) -> None:
	with pytest.raises(ValueError) as caught:
		Metric("m", kind, name)
	assert str(caught.value) == message


# Filters

GPT = PropertyFilter("model", ("large", "small"))
EU = PropertyFilter("region", ("eu",))


@pytest.mark.parametrize(
	("filters", "properties", "matches"),
	[
		((), {}, True),
		((), {"model": "tiny"}, True),
		((GPT,), {"model": "large"}, True),
		((GPT,), {"model": "small", "region": "us"}, True),
		((GPT,), {"model": "tiny"}, False),
		((GPT,), {"model": "Large"}, False),
		((GPT,), {}, False),
		((GPT, EU), {"model": "small", "region": "eu"}, True),
		((GPT, EU), {"model": "small", "region": "us"}, False),
		((GPT, EU), {"model": "small"}, False),
	],
)
def test_an_event_counts_when_all_filters_match(
	filters: tuple[PropertyFilter, ...], properties: dict[str, str], matches: bool
) -> None:
	assert Metric("m", Aggregation.SUM, filters=filters).matches(properties) is matches


@pytest.mark.parametrize(
	("kind", "expected"),
	[
		(Aggregation.SUM, "11.5"),
		(Aggregation.COUNT, "3"),
		(Aggregation.MAX, "7.5"),
		(Aggregation.UNIQUE, "2"),
		(Aggregation.LAST, "1"),
	],
)
def test_only_what_matches_is_aggregated(kind: Aggregation, expected: str) -> None:
	found = [
		event(9, "3", "ann", model="large"),
		event(10, "7.5", "bob", model="small"),
		event(11, "1", "ann", model="small"),
		event(12, "99", "cy", model="tiny"),
		event(13, "99", "dee"),
	]
	only = Metric("m", kind, "user" if kind is Aggregation.UNIQUE else None, (GPT,))
	assert aggregate(only, found) == Decimal(expected)


def test_a_filter_without_a_value_is_refused() -> None:
	with pytest.raises(ValueError, match="The filter on model names no value: no usage would ever match"):
		PropertyFilter("model", ())


@given(st.lists(events), st.sampled_from(list(Aggregation)))
def test_what_a_filter_lets_through_is_counted_as_without_it(
	some: list[UsageEvent], kind: Aggregation
) -> None:
	only_ann = (PropertyFilter("user", ("ann",)),)
	by_ann = [one for one in some if one.properties.get("user") == "ann"]
	filtered = Metric("m", kind, metric(kind).property_name, only_ann)
	assert aggregate(filtered, some) == aggregate(metric(kind), by_ann)


# The value of a property


@pytest.mark.parametrize(
	("kind", "expected"), [(Aggregation.SUM, "12.25"), (Aggregation.MAX, "10"), (Aggregation.LAST, "2.25")]
)
def test_a_property_stands_for_the_quantity(kind: Aggregation, expected: str) -> None:
	found = [event(9, "1", tokens="10"), event(11, "1", tokens="2.25"), event(10, "1", tokens="0")]
	assert aggregate(Metric("m", kind, "tokens"), [*found, event(12, "500")]) == Decimal(expected)


def test_a_property_that_no_event_has_is_a_quantity_of_zero() -> None:
	assert aggregate(Metric("m", Aggregation.MAX, "tokens"), [event(9, "5")]) == 0


@pytest.mark.parametrize(
	("kind", "properties", "expected"),
	[
		(Aggregation.SUM, {"tokens": "12"}, None),
		(Aggregation.SUM, {}, "m adds up the values of tokens: add properties: {tokens: ...}"),
		(Aggregation.MAX, {}, "m takes the largest value of tokens: add properties: {tokens: ...}"),
		(Aggregation.LAST, {}, "m takes the last value of tokens: add properties: {tokens: ...}"),
		(Aggregation.UNIQUE, {}, "m counts different values of tokens: add properties: {tokens: ...}"),
		(Aggregation.SUM, {"tokens": "many"}, "tokens: 'many' is not a number"),
		(Aggregation.SUM, {"tokens": "NaN"}, "tokens: 'NaN' is not a finite number"),
		(Aggregation.MAX, {"tokens": "-1"}, "tokens: -1 is negative: usage is 0 or more"),
		(Aggregation.LAST, {"tokens": "-1"}, None),
		(Aggregation.UNIQUE, {"tokens": "many"}, None),
	],
)
def test_an_event_must_bear_what_its_metric_counts(
	kind: Aggregation, properties: dict[str, str], expected: str | None
) -> None:
	assert Metric("m", kind, "tokens").why_refused(properties) == expected


def test_an_event_that_does_not_match_need_not_bear_what_the_metric_counts() -> None:
	assert Metric("m", Aggregation.SUM, "tokens", (GPT,)).why_refused({"model": "tiny"}) is None


# Rounding


@pytest.mark.parametrize(
	("mode", "decimals", "quantity", "expected"),
	[
		(RoundingMode.UP, 0, "12.001", "13"),
		(RoundingMode.UP, 0, "12", "12"),
		(RoundingMode.UP, 2, "0.001", "0.01"),
		(RoundingMode.UP, 0, "-1.5", "-1"),
		(RoundingMode.DOWN, 0, "12.999", "12"),
		(RoundingMode.DOWN, 1, "12.99", "12.9"),
		(RoundingMode.NEAREST, 0, "12.5", "13"),
		(RoundingMode.NEAREST, 0, "12.49", "12"),
		(RoundingMode.NEAREST, 3, "0.0005", "0.001"),
		(RoundingMode.NEAREST, 0, "-0.2", "0"),
	],
)
def test_a_quantity_is_rounded_as_its_metric_says(
	mode: RoundingMode, decimals: int, quantity: str, expected: str
) -> None:
	rounded = Metric("m", Aggregation.SUM, rounding=QuantityRounding(mode, decimals))
	assert str(rounded.rounded(Decimal(quantity))) == expected


def test_the_aggregate_is_rounded_and_not_each_event() -> None:
	hours = Metric("hours", Aggregation.SUM, rounding=QuantityRounding(RoundingMode.UP))
	assert aggregate(hours, [event(9, "0.4"), event(10, "0.4"), event(11, "0.4")]) == 2


@pytest.mark.parametrize("decimals", [-1, 13])
def test_a_quantity_has_0_to_12_decimals(decimals: int) -> None:
	with pytest.raises(ValueError, match=f"A quantity is rounded to 0 to 12 decimals, not {decimals}"):
		QuantityRounding(RoundingMode.UP, decimals)


@given(st.sampled_from(RoundingMode), st.integers(0, 6), st.decimals(-(10**9), 10**9, places=9))
def test_rounding_moves_less_than_one_unit_and_never_twice(
	mode: RoundingMode, decimals: int, quantity: Decimal
) -> None:
	rounding = QuantityRounding(mode, decimals)
	once = rounding.apply(quantity)
	assert abs(once - quantity) < Decimal(1).scaleb(-decimals)
	assert rounding.apply(once) == once
	assert once >= quantity or mode is not RoundingMode.UP
	assert once <= quantity or mode is not RoundingMode.DOWN
