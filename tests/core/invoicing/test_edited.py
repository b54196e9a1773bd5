from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from paygent_billing.core.invoicing import FeeInForce, OrderPosition, Timing
from paygent_billing.core.invoicing.edited import with_edited_fees
from paygent_billing.core.invoicing.terms import ChargeType
from paygent_billing.core.period import Period

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
STUB = Period(date(2026, 3, 15), date(2026, 4, 1))
KEY = ("L1", "platform", Timing.ADVANCE)


def position_with(served: Period) -> OrderPosition:
	fee = FeeInForce(ChargeType.PLATFORM_FEE, served, MARCH, D("99.00"), D(1))
	return OrderPosition(billed_on=served.start, fees={KEY: fee})


def price_after(served: Period, amounts: dict, *, is_prorated: bool = True) -> D:
	return with_edited_fees(position_with(served), amounts, is_prorated=is_prorated).fees[KEY].price


def test_a_whole_period_costs_what_the_edited_invoice_says() -> None:
	assert price_after(MARCH, {("L1", "platform", MARCH): D("60.00")}) == D("60.00")


def test_a_part_of_a_period_is_scaled_to_the_whole() -> None:
	assert price_after(STUB, {("L1", "platform", STUB): D("17.00")}) == D("31.000000000000")


def test_without_proration_a_part_costs_the_whole() -> None:
	assert price_after(STUB, {("L1", "platform", STUB): D("17.00")}, is_prorated=False) == D("17.00")


def test_a_fee_that_was_taken_off_gives_nothing_back_later() -> None:
	assert price_after(MARCH, {("L1", "platform", MARCH): D(0)}) == D(0)


def test_other_charges_and_other_days_are_left_alone() -> None:
	for key in (("L1", "seats", MARCH), ("L2", "platform", MARCH), ("L1", "platform", STUB)):
		assert price_after(MARCH, {key: D(1)}) == D("99.00")
