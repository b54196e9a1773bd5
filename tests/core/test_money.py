from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.money import (
	Currency,
	Rounding,
	decimals_of,
	format_price,
	format_quantity,
	parse_decimal,
	total_of,
)

from .build import JPY, KWD, USD

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=9)


@pytest.mark.parametrize(
	("currency", "amount", "expected"),
	[
		(USD, "1.005", "1.01"),
		(USD, "-1.005", "-1.01"),
		(USD, "0.0049999", "0.00"),
		(USD, "-0.004", "0.00"),
		(JPY, "907.5", "908"),
		(KWD, "0.0005", "0.001"),
		(Currency("USD", 2, Rounding.HALF_EVEN), "1.005", "1.00"),
		(Currency("USD", 2, Rounding.HALF_EVEN), "1.015", "1.02"),
		(Currency("USD", 2, Rounding.HALF_EVEN), "-0.005", "0.00"),
	],
)
def test_amount_is_rounded_to_the_smallest_unit(currency: Currency, amount: str, expected: str) -> None:
	assert currency.format(Decimal(amount)) == expected


@pytest.mark.parametrize("decimals", [-1, 10])
def test_currency_refuses_an_impossible_number_of_decimals(decimals: int) -> None:
	with pytest.raises(ValueError, match=f"XXX cannot have {decimals} decimals: 0 to 9 are possible"):
		Currency("XXX", decimals)


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("99.00", "99.00"),
		(" 1 ", "1"),
		(7, "7"),
		("-0.000000000001", "-1E-12"),
		("1e3", "1E+3"),
		("0.10000000000000", "0.1"),
	],
)
def test_number_is_read_exactly(text: str | int, expected: str) -> None:
	assert parse_decimal(text) == Decimal(expected)


@pytest.mark.parametrize(
	("text", "message"),
	[
		(0.1, "0.1 is not an exact number: write it as text, such as '9.90'"),
		(True, "True is not an exact number"),
		("ten", "'ten' is not a number"),
		("", "'' is not a number"),
		("NaN", "'NaN' is not a finite number"),
		("-Infinity", "'-Infinity' is not a finite number"),
		("1e18", "'1e18' is too large: at most 18 digits before the point"),
		("0.0000000000001", "'0.0000000000001' has too many decimals: at most 12"),
		("1." + "0" * 90 + "1", "has too many decimals: at most 12"),
		("1e-9999999", "'1e-9999999' has too many decimals: at most 12"),
	],
)
def test_number_that_is_not_exact_is_refused(text: str, message: str) -> None:
	with pytest.raises(ValueError) as refusal:
		parse_decimal(text)
	assert message in str(refusal.value)


@pytest.mark.parametrize(
	("number", "quantity", "price"),
	[
		("140", "140", "140.00"),
		("1E+3", "1000", "1000.00"),
		("0.00025", "0.00025", "0.00025"),
		("0.8", "0.8", "0.80"),
		("-0", "0", "-0.00"),
		("1.500", "1.5", "1.50"),
	],
)
def test_number_is_written_as_quantity_and_as_price(number: str, quantity: str, price: str) -> None:
	assert format_quantity(Decimal(number)) == quantity
	assert format_price(Decimal(number)) == price


@given(amounts, st.sampled_from([JPY, USD, KWD]))
def test_rounding_moves_an_amount_by_half_a_unit_at_most_and_only_once(
	amount: Decimal, currency: Currency
) -> None:
	rounded = currency.round(amount)
	assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-currency.decimals)
	assert currency.round(rounded) == rounded
	assert decimals_of(rounded) <= currency.decimals
	assert currency.round(-amount) == -rounded


@given(st.lists(amounts))
def test_sum_does_not_depend_on_the_order(numbers: list[Decimal]) -> None:
	assert total_of(numbers) == total_of(sorted(numbers))


def test_sum_keeps_every_digit_of_numbers_of_very_different_size() -> None:
	assert total_of([Decimal("1e30"), Decimal("1e-12"), Decimal("-1e30")]) == Decimal("1e-12")


def test_sum_of_nothing_is_zero() -> None:
	assert total_of([]) == 0
