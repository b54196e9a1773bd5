"""Refunds take off an invoice what is left of it, to the last decimal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import (
	Parts,
	RefundError,
	Tax,
	bill_top_up,
	credits_to_take_back,
	refund_parts,
)
from paygent_billing.core.money import Currency

D = Decimal
USD, JPY = Currency("USD"), Currency("JPY", 0)
INVOICE = Parts(D("99.00"), (D("5.94"), D("2.48")))
NOTHING = Parts(D(0), (D(0), D(0)))


def test_a_part_takes_its_share_of_each_tax() -> None:
	assert refund_parts(INVOICE, NOTHING, D("35.80"), USD) == Parts(D("32.99"), (D("1.98"), D("0.83")))


def test_all_that_is_left_is_exactly_the_rest() -> None:
	first = refund_parts(INVOICE, NOTHING, D("35.80"), USD)
	assert refund_parts(INVOICE, first, None, USD) == INVOICE.less(first)


@pytest.mark.parametrize("amount", ["0", "-1", "107.43", "1.005"])
def test_more_than_is_left_is_refused(amount: str) -> None:
	with pytest.raises(RefundError, match=f"{amount} is not between 0 and the 107.42 left to refund"):
		refund_parts(INVOICE, NOTHING, D(amount), USD)


def test_taxes_that_round_up_together_are_lowered_and_not_the_net_amount() -> None:
	invoice = Parts(D("0.00"), (D("0.01"), D("0.01")))
	assert refund_parts(invoice, NOTHING, D("0.01"), USD) == Parts(D(0), (D(0), D("0.01")))


@given(st.data(), st.sampled_from([USD, JPY]))
def test_refunds_add_up_to_the_invoice_and_no_part_of_it_is_given_back_twice(data, currency) -> None:
	amounts = st.integers(0, 10**7).map(lambda units: D(units).scaleb(-currency.decimals))
	invoice = Parts(data.draw(amounts), tuple(data.draw(st.lists(amounts, max_size=3))))
	granted = data.draw(amounts)
	left, taken = invoice, D(0)
	for amount in [*data.draw(st.lists(amounts, max_size=4)), None]:
		if amount is not None and not 0 < amount <= left.total:
			continue
		refunded = invoice.less(left)
		parts = refund_parts(invoice, refunded, amount, currency)
		assert amount is None or parts.total == amount
		back = credits_to_take_back(granted, invoice.total, refunded.total, parts.total, currency)
		assert min(parts.net, *parts.taxes, back) >= 0
		left, taken = left.less(parts), taken + back
		assert min(left.net, *left.taxes, D(0)) == 0
	assert left.total == 0
	assert taken == granted


def test_an_invoice_without_a_total_gives_back_all_its_credits_at_once() -> None:
	assert credits_to_take_back(D(50), D(0), D(0), D(0), USD) == 50


def test_a_top_up_is_taxed_once_and_brings_what_was_bought() -> None:
	draft = bill_top_up(D("100.00"), USD, [Tax("VAT", D(20))])
	assert (draft.subtotal, draft.tax, draft.total) == (D(100), D(20), D(120))
	assert [(line.type.value, line.credits) for line in draft.lines] == [("top_up", D(100))]


@pytest.mark.parametrize("amount", ["0", "-5", "1.001"])
def test_an_amount_that_cannot_be_paid_buys_no_credits(amount: str) -> None:
	with pytest.raises(ValueError, match=f"{amount} is no amount of USD for which credits can be bought"):
		bill_top_up(D(amount), USD, [])
