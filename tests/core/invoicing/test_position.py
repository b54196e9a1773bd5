from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import ChargeType, FeeInForce, OrderPosition, Timing
from paygent_billing.core.period import Period

dates = st.dates(date(2000, 1, 1), date(2100, 1, 1))
periods = st.builds(
	lambda start, days: Period(start, start + timedelta(days=days)), dates, st.integers(1, 800)
)
numbers = st.decimals(min_value=0, max_value=10**18, places=9)
fees = st.builds(
	FeeInForce,
	st.sampled_from(ChargeType),
	periods,
	periods,
	numbers,
	numbers,
	st.none() | st.text(max_size=9),
	numbers,
)
keys = st.tuples(st.text(max_size=5), st.text(max_size=5), st.sampled_from(Timing))
positions = st.builds(
	OrderPosition,
	billed_on=st.none() | dates,
	paid_until=st.none() | dates,
	steps=st.integers(0, 999),
	is_closed=st.booleans(),
	fees=st.dictionaries(keys, fees, max_size=5),
	has_setup=st.frozensets(st.text(max_size=5), max_size=4),
	thresholds=st.integers(0, 999),
)


@given(positions)
def test_position_comes_back_from_json_as_it_was(position: OrderPosition) -> None:
	stored = json.loads(json.dumps(position.to_json()))
	assert OrderPosition.from_json(stored) == position
	assert OrderPosition.from_json(stored).to_json() == position.to_json()


def test_nothing_stored_is_the_position_of_an_order_that_was_never_billed() -> None:
	assert OrderPosition.from_json(None) == OrderPosition.from_json({}) == OrderPosition()


def test_position_stored_before_there_were_thresholds_has_none() -> None:
	stored = OrderPosition(steps=3).to_json()
	del stored["thresholds"]
	assert OrderPosition.from_json(stored) == OrderPosition(steps=3)


def test_fee_that_was_never_billed_is_billed_until_long_ago() -> None:
	assert OrderPosition().billed_until(("L1", "platform", Timing.ADVANCE)) == date.min


@given(positions, keys, fees)
def test_position_takes_fees_in_and_ends_them(
	position: OrderPosition, key: tuple[str, str, Timing], fee: FeeInForce
) -> None:
	taken = position.with_fees({key: fee})
	assert taken.fees[key] == fee
	assert key not in taken.with_fees({key: None}).fees
	assert {**position.fees, key: fee} == taken.fees
	assert taken.billed_until(key) == fee.served.end
	assert Decimal(json.loads(json.dumps(taken.to_json()))["steps"]) == position.steps
