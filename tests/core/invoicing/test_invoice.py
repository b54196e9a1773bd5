from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import Discount, InvoiceLine, LineType, Tax
from paygent_billing.core.invoicing.invoice import total_up
from paygent_billing.core.money import ZERO, Currency, Rounding, decimals_of

from ..build import JPY, KWD, USD, sum_of

D = Decimal
CURRENCIES = [JPY, USD, KWD, Currency("USD", 2, Rounding.HALF_EVEN)]


def lines(*amounts: str | Decimal) -> list[InvoiceLine]:
	return [InvoiceLine(LineType.ONE_OFF, "x", D(amount), "x") for amount in amounts]


@pytest.mark.parametrize(
	("currency", "amounts", "discount", "taxes", "expected"),
	[
		(USD, ["54.29", "27.42"], None, ["20"], ("81.71", "0", "16.34", "98.05")),
		(USD, ["100"], Discount(D("33.335")), ["19"], ("100", "33.34", "12.67", "79.33")),
		(USD, ["100"], Discount(amount=D("30")), ["10", "5"], ("100", "30", "10.50", "80.50")),
		(USD, ["20"], Discount(amount=D("30")), ["10"], ("20", "20", "0", "0")),
		(JPY, ["2700"], Discount(amount=D("99.5")), ["10"], ("2700", "100", "260", "2860")),
		(KWD, ["1.005"], None, ["5", "5"], ("1.005", "0", "0.100", "1.105")),
		(USD, ["0.10"], None, ["5", "5"], ("0.10", "0", "0.02", "0.12")),
		(USD, [], None, ["20"], ("0", "0", "0", "0")),
	],
)
def test_invoice_adds_up_to_lines_less_discount_plus_each_tax(
	currency: Currency,
	amounts: list[str],
	discount: Discount | None,
	taxes: list[str],
	expected: tuple[str, ...],
) -> None:
	made = total_up(
		lines(*amounts), currency, discount=discount, taxes=[Tax("VAT", D(rate)) for rate in taxes]
	)
	assert (made.subtotal, made.discount, made.tax, made.total) == tuple(map(D, expected))


def test_negative_subtotal_is_carried_and_the_invoice_is_zero() -> None:
	made = total_up(lines("10", "-35.50"), USD, discount=Discount(amount=D(5)), taxes=[Tax("VAT", D(20))])
	assert (made.subtotal, made.discount, made.tax, made.total, made.carried) == (0, 0, 0, 0, D("25.50"))
	assert (made.lines[-1].type, made.lines[-1].amount) == (LineType.CARRY_FORWARD, D("25.50"))
	assert not made.is_all_zero


@pytest.mark.parametrize("rate", ["-1", "1001"])
def test_tax_rate_that_makes_no_sense_is_refused(rate: str) -> None:
	with pytest.raises(ValueError, match=f"Tax VAT: a rate of {rate} percent is not between 0 and 1000"):
		Tax("VAT", D(rate))


percents = st.decimals(min_value=0, max_value=100, places=4)
discounts = st.one_of(
	st.none(),
	st.builds(Discount, percents),
	st.builds(lambda amount: Discount(amount=amount), st.decimals(min_value=0, max_value=10**6, places=3)),
)
amounts = st.lists(st.decimals(min_value=-(10**7), max_value=10**7, places=4), max_size=12)


@given(st.sampled_from(CURRENCIES), amounts, discounts, st.lists(percents, max_size=4))
def test_lines_less_discount_plus_taxes_are_the_total_which_is_never_negative(
	currency: Currency, found: list[Decimal], discount: Discount | None, rates: list[Decimal]
) -> None:
	"""F26: exactly, in JPY, USD and KWD."""
	rounded = lines(*(currency.round(amount) for amount in found))
	made = total_up(rounded, currency, discount=discount, taxes=[Tax("VAT", rate) for rate in rates])
	assert sum_of(made.lines) == made.subtotal
	assert made.subtotal - made.discount + sum((tax.amount for tax in made.taxes), ZERO) == made.total
	assert made.total >= 0
	assert 0 <= made.discount <= made.subtotal
	assert made.carried == max(0, -sum_of(rounded))
	figures = [made.subtotal, made.discount, made.tax, made.total, made.carried]
	assert all(decimals_of(figure) <= currency.decimals for figure in figures)
