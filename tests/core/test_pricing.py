from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.pricing import (
	Credits,
	Flat,
	Graduated,
	Package,
	Percentage,
	PerUnit,
	Price,
	PricingModel,
	Tier,
	Volume,
	price_of,
)

from .build import tier

D = Decimal
TIERS = (tier("100", "1.00"), tier("1000", "0.80", "5.00"), tier(None, "0.50"))
GRADUATED = Graduated(TIERS)
VOLUME = Volume(TIERS)
SHARE_OF_SALES = Percentage(D("2.5"), minimum=D("10"), maximum=D("100"))

quantities = st.decimals(min_value=0, max_value=10**9, places=3)
NO_FLATS = st.just(D(0))
rates = st.decimals(min_value=0, max_value=1000, places=5)


@st.composite
def tiers(draw: st.DrawFn, flats: st.SearchStrategy[Decimal] = NO_FLATS) -> tuple[Tier, ...]:
	limits = sorted(draw(st.sets(st.integers(1, 10**6), max_size=4)))
	bounded = [tier(str(limit), str(draw(rates)), str(draw(flats))) for limit in limits]
	return (*bounded, tier(None, str(draw(rates)), str(draw(flats))))


@pytest.mark.parametrize(
	("model", "quantity", "expected"),
	[
		(Flat(D("99")), "1", "99"),
		(Flat(D("99")), "12345", "99"),
		(Flat(D("99")), "0", "0"),
		(PerUnit(D("0.00025")), "200000", "50"),
		(PerUnit(D("0.015")), "1001", "15.015"),
		(PerUnit(D("0.015")), "0", "0"),
		(GRADUATED, "0", "0"),
		(GRADUATED, "1", "1"),
		(GRADUATED, "100", "100"),
		(GRADUATED, "100.5", "105.4"),
		(GRADUATED, "101", "105.8"),
		(GRADUATED, "1000", "825"),
		(GRADUATED, "1001", "825.5"),
		(VOLUME, "0", "0"),
		(VOLUME, "100", "100"),
		(VOLUME, "101", "85.8"),
		(VOLUME, "1000", "805"),
		(VOLUME, "1001", "500.5"),
		(Package(D(100), D(3)), "0", "0"),
		(Package(D(100), D(3)), "1", "3"),
		(Package(D(100), D(3)), "100", "3"),
		(Package(D(100), D(3)), "100.001", "6"),
		(Package(D(100), D(3)), "250", "9"),
		(Package(D(3), D(1)), "999999999999999999", "333333333333333333"),
		(SHARE_OF_SALES, "0", "0"),
		(SHARE_OF_SALES, "1", "10"),
		(SHARE_OF_SALES, "400", "10"),
		(SHARE_OF_SALES, "1000", "25"),
		(SHARE_OF_SALES, "4000", "100"),
		(SHARE_OF_SALES, "999999", "100"),
		(Percentage(D("2.5")), "1", "0.025"),
		(Percentage(D("2.5"), maximum=D(0)), "1000", "0"),
	],
)
def test_quantity_costs_what_the_model_says(model: PricingModel, quantity: str, expected: str) -> None:
	assert price_of(Price(model), D(quantity)).amount == D(expected)


def test_credits_cost_what_a_credit_is_worth_to_the_customer() -> None:
	model = Price(Credits(D("1.5")))
	assert price_of(model, D(10), credit_value=D("0.02")).amount == D("0.30")
	assert price_of(model, D(10)).amount == D(15)


@pytest.mark.parametrize(
	("model", "quantity", "expected"),
	[
		(GRADUATED, "140", "129"),
		(GRADUATED, "10", "0"),
		(GRADUATED, "9", "0"),
		(GRADUATED, "110", "100"),
		(VOLUME, "110", "100"),
		(VOLUME, "111", "85.8"),
		(PerUnit(D(2)), "12", "4"),
		(Flat(D(7)), "10", "0"),
		(Flat(D(7)), "11", "7"),
		(Package(D(100), D(3)), "111", "6"),
		(SHARE_OF_SALES, "10", "0"),
		(SHARE_OF_SALES, "11", "10"),
		(Credits(D(2)), "11", "2"),
	],
)
def test_included_units_come_off_before_the_model(model: PricingModel, quantity: str, expected: str) -> None:
	assert price_of(Price(model, D(10)), D(quantity)).amount == D(expected)


@pytest.mark.parametrize(
	("price", "quantity", "expected"),
	[
		(Price(GRADUATED, D(10)), "140", "100 x 1.00 + 30 x 0.80 + 5.00"),
		(Price(VOLUME), "1000", "1000 x 0.80 + 5.00"),
		(Price(Package(D(100), D(3))), "250", "3 packages of 100 x 3.00"),
		(Price(SHARE_OF_SALES), "1", "2.5 % of 1, at least 10.00"),
		(Price(SHARE_OF_SALES), "99999", "2.5 % of 99999, at most 100.00"),
		(Price(PerUnit(D("0.00025"))), "4", "4 x 0.00025"),
		(Price(PerUnit(D(1)), D(10)), "4", "4 of 10 included"),
		(Price(Credits(D(2))), "3", "3 x 2 credits"),
	],
)
def test_price_explains_itself(price: Price, quantity: str, expected: str) -> None:
	assert price_of(price, D(quantity)).explain == expected


@given(tiers(rates), st.lists(quantities, min_size=2, max_size=2))
def test_graduated_price_never_falls_with_the_quantity(found: tuple[Tier, ...], two: list[Decimal]) -> None:
	price = Price(Graduated(found))
	less, more = sorted(two)
	assert price_of(price, less).amount <= price_of(price, more).amount


@given(tiers(), st.data())
def test_graduated_price_without_flats_makes_no_jump(found: tuple[Tier, ...], data: st.DataObject) -> None:
	price, step = Price(Graduated(found)), D("0.000001")
	limits = [known.up_to for known in found if known.up_to] or [D(1)]
	at = data.draw(st.sampled_from(limits))
	jump = price_of(price, at + step).amount - price_of(price, at).amount
	assert 0 <= jump <= step * max(known.rate for known in found)


@given(tiers(rates), quantities)
def test_one_tier_is_the_same_graduated_and_by_volume(found: tuple[Tier, ...], quantity: Decimal) -> None:
	only = found[-1:]
	assert price_of(Price(Graduated(only)), quantity).amount == price_of(Price(Volume(only)), quantity).amount


@given(tiers(rates), quantities, quantities)
def test_nothing_used_costs_nothing_in_every_model(
	found: tuple[Tier, ...], price: Decimal, included: Decimal
) -> None:
	models = [
		Graduated(found),
		Volume(found),
		Flat(price),
		PerUnit(price),
		Package(D(1), price),
		Credits(price),
	]
	models.append(Percentage(D(1), minimum=price))
	for model in models:
		assert price_of(Price(model), D(0)).amount == 0
		assert price_of(Price(model, included), included).amount == 0


@given(quantities, st.integers(1, 10**6))
def test_packages_hold_the_quantity_and_no_package_is_empty(quantity: Decimal, size: int) -> None:
	packages = price_of(Price(Package(D(size), D(1))), quantity).amount
	assert packages * size >= quantity
	assert quantity == 0 or (packages - 1) * size < quantity


@pytest.mark.parametrize(
	("make", "message"),
	[
		(lambda: Flat(D(-1)), "price is -1: a price cannot be negative"),
		(lambda: PerUnit(D("-0.1")), "rate is -0.1: a price cannot be negative"),
		(lambda: tier("10", "-1"), "rate is -1: a price cannot be negative"),
		(lambda: tier("0", "1"), "A tier must reach up to more than 0, not 0"),
		(lambda: Package(D(0), D(1)), "A package must hold more than 0 units, not 0"),
		(lambda: Percentage(D(1), D(5), D(4)), "The min 5 is above the max 4"),
		(lambda: Credits(D(-1)), "credits_per_unit is -1: a price cannot be negative"),
		(lambda: Price(Flat(D(1)), D(-1)), "included is -1: a price cannot be negative"),
		(lambda: Graduated(()), "Tiered pricing needs at least one tier"),
		(lambda: Volume((tier("10"),)), "The last tier must have no up_to: it takes all units that follow"),
		(lambda: Graduated((tier(None), tier(None))), "Only the last tier may have no up_to"),
		(lambda: Graduated((tier("9"), tier("9"), tier(None))), "The tiers overlap: up_to 9 follows up_to 9"),
	],
)
def test_price_that_makes_no_sense_is_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
	with pytest.raises(ValueError) as refusal:
		make()
	assert str(refusal.value) == message
