from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import Timing
from paygent_billing.core.period import Interval, Unit

from ..account import Account
from ..build import (
	DAY,
	JPY,
	MONTH,
	QUARTER,
	USD,
	WEEK,
	YEAR,
	day,
	order,
	platform,
	seats,
	setup,
	shown,
	sum_of,
)

ARREARS = Timing.ARREARS


def billed(until: str, *args: Any, **fields: Any) -> list[str]:
	account = Account(order(*args, **fields))
	account.bill(day(until))
	return shown(account.lines)


def test_first_invoice_bears_prorated_fees_and_the_setup_fee() -> None:
	charges = (platform("99.00"), seats("10.00"), setup("500.00"))
	assert billed("2026-02-01", "2026-01-15", *charges, first={"seats": 5}) == [
		"setup 2026-01-15..2026-01-15 1 500.00",
		"platform 2026-01-15..2026-01-31 1 54.29",
		"seats 2026-01-15..2026-01-31 5 27.42",
		"platform 2026-02-01..2026-02-28 1 99.00",
		"seats 2026-02-01..2026-02-28 5 50.00",
	]


@pytest.mark.parametrize(
	("start", "billing_day", "interval", "first", "expected"),
	[
		("2026-01-15", 1, MONTH, None, "platform 2026-01-15..2026-01-31 1 54.84"),
		("2026-02-14", 31, MONTH, None, "platform 2026-02-14..2026-02-27 1 50.00"),
		("2026-01-31", 31, MONTH, None, "platform 2026-01-31..2026-02-27 1 100.00"),
		("2026-01-15", 1, QUARTER, None, "platform 2026-01-15..2026-01-31 1 18.48"),
		("2026-02-15", 1, QUARTER, "2026-04-01", "platform 2026-02-15..2026-03-31 1 50.00"),
		("2026-01-01", 1, QUARTER, "2026-04-01", "platform 2026-01-01..2026-03-31 1 100.00"),
		("2026-01-15", 1, YEAR, None, "platform 2026-01-15..2026-01-31 1 4.66"),
		("2026-02-15", 1, YEAR, "2027-01-01", "platform 2026-02-15..2026-12-31 1 87.67"),
		("2026-01-15", 1, WEEK, None, "platform 2026-01-15..2026-01-21 1 100.00"),
		("2026-01-15", 1, DAY, None, "platform 2026-01-15..2026-01-15 1 100.00"),
	],
)
def test_stub_costs_its_days_of_the_full_period_that_ends_with_it(
	start: str, billing_day: int, interval: Interval, first: str | None, expected: str
) -> None:
	fields = {
		"interval": interval,
		"billing_day": billing_day,
		"first_billing_date": day(first) if first else None,
	}
	assert billed(start, start, platform("100"), **fields) == [expected]


def test_cut_off_last_period_costs_its_days_of_the_full_one() -> None:
	made = billed("2026-12-31", "2026-01-01", platform("100"), end=day("2026-02-08"))
	assert made == ["platform 2026-01-01..2026-01-31 1 100.00", "platform 2026-02-01..2026-02-07 1 25.00"]


def test_without_proration_a_stub_a_resumed_and_a_cut_off_period_cost_a_full_one() -> None:
	account = Account(order("2026-01-15", platform("100"), proration=False))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.resume(day("2026-04-16"))
	account.bill(day("2026-04-16"))
	account.end(day("2026-05-10"))
	account.bill(day("2026-06-01"))
	assert shown(account.lines) == [
		"platform 2026-01-15..2026-01-31 1 100.00",
		"platform 2026-02-01..2026-02-28 1 100.00",
		"platform 2026-03-01..2026-03-31 1 100.00",
		"platform 2026-04-16..2026-04-30 1 100.00",
		"platform 2026-05-01..2026-05-10 1 100.00",
	]


def test_fees_in_arrears_are_billed_when_their_period_is_over() -> None:
	account = Account(order("2026-01-15", platform("99", timing=ARREARS), seats("10"), first={"seats": 2}))
	assert shown(account.bill(day("2026-01-15"))[0].draft.lines) == ["seats 2026-01-15..2026-01-31 2 10.97"]
	assert shown(account.bill(day("2026-02-01"))[0].draft.lines) == [
		"platform 2026-01-15..2026-01-31 1 54.29",
		"seats 2026-02-01..2026-02-28 2 20.00",
	]


def test_no_seats_are_no_seat_line() -> None:
	assert billed("2026-01-01", "2026-01-01", platform("1"), seats("10")) == [
		"platform 2026-01-01..2026-01-31 1 1.00"
	]


def test_yearly_plan_on_a_monthly_order_is_billed_when_its_own_year_starts() -> None:
	"""F32: the stub is a share of the plan's own year, which ends on the order's first billing day."""
	made = billed("2027-03-01", "2026-01-15", platform("1200"), platform("5", "m"), first={"interval": YEAR})
	assert [line for line in made if line.startswith("platform")] == [
		"platform 2026-01-15..2026-01-31 1 55.89",
		"platform 2026-02-01..2027-01-31 1 1200.00",
		"platform 2027-02-01..2028-01-31 1 1200.00",
	]


def test_yearly_fee_in_arrears_on_a_monthly_order_is_billed_when_its_year_or_service_ends() -> None:
	charge = platform("365", timing=ARREARS)
	account = Account(order("2026-01-15", charge, billing_day=1, first={"interval": YEAR}))
	account.bill(day("2027-03-01"))
	assert shown(account.lines) == [
		"platform 2026-01-15..2026-01-31 1 17.00",
		"platform 2026-02-01..2027-01-31 1 365.00",
	]
	account.end(day("2027-03-10"))
	account.bill(day("2027-03-11"))
	assert shown(account.lines)[2:] == ["platform 2027-02-01..2027-03-10 1 38.00"]


def test_yearly_fee_in_arrears_of_an_order_paused_on_a_billing_date_is_billed_when_it_ends() -> None:
	"""The closing step has no arrears period then, but the fee's days since February are not billed yet."""
	account = Account(order("2026-01-01", platform("365", timing=ARREARS), first={"interval": YEAR}))
	account.bill(day("2026-04-01"))
	account.pause(day("2026-04-01"))
	account.end(day("2026-05-10"))
	account.bill(day("2026-05-11"))
	assert shown(account.lines) == ["platform 2026-01-01..2026-03-31 1 90.00"]


@pytest.mark.parametrize(("interval", "months"), [(MONTH, 12), (QUARTER, 6), (Interval(Unit.MONTH, 2), 4)])
def test_longer_plan_bills_each_of_its_periods_once(interval: Interval, months: int) -> None:
	longer = {"interval": Interval(Unit.MONTH, months)}
	account = Account(order("2026-01-31", platform("10"), interval=interval, billing_day=31, first=longer))
	account.bill(day("2030-01-30"))
	periods = [line.period for line in account.lines]
	assert len(periods) == 48 // months
	assert all(older and newer and older.end == newer.start for older, newer in pairwise(periods))


def test_setup_fee_is_billed_once_also_after_a_pause_a_change_and_a_year() -> None:
	account = Account(order("2026-01-01", platform("10"), setup("99")))
	account.bill(day("2026-02-01"))
	account.pause(day("2026-02-10"))
	account.resume(day("2026-03-10"))
	account.change(day("2026-03-20"), platform("20"), setup("50"), plan="Plus")
	account.bill(day("2027-03-01"))
	assert shown(account.lines_of("setup")) == ["setup 2026-01-01..2026-01-01 1 99.00"]


def test_setup_fee_of_an_order_paused_from_its_first_day_bears_its_first_day_of_service() -> None:
	account = Account(order("2026-01-01", setup("99.00")))
	account.pause(day("2026-01-01"))
	account.resume(day("2026-01-20"))
	account.bill(day("2026-01-20"))
	assert shown(account.lines) == ["setup 2026-01-20..2026-01-20 1 99.00"]


def test_credits_come_with_the_fee_and_are_prorated_like_it() -> None:
	account = Account(order("2026-01-15", platform("99", credits="50"), credit_value=Decimal("0.5")))
	account.bill(day("2026-02-01"))
	assert [line.credits for line in account.lines] == [Decimal("13.71"), Decimal("25.00")]
	assert account.balance.pending == Decimal("38.71")


def test_line_explains_its_share() -> None:
	account = Account(order("2026-01-15", platform("99"), seats("10"), first={"seats": 5}))
	account.bill(day("2026-02-01"))
	assert [line.explain for line in account.lines] == [
		"17 of 31 days x 99.00",
		"17 of 31 days x (5 x 10.00)",
		"99.00",
		"5 x 10.00",
	]


@given(
	st.dates(date(2024, 1, 1), date(2028, 12, 31)),
	st.integers(1, 31),
	st.sampled_from([MONTH, QUARTER, YEAR, WEEK]),
	st.booleans(),
	st.sampled_from([JPY, USD]),
)
def test_fees_in_advance_and_in_arrears_cost_the_same_over_a_life(
	start: date, billing_day: int, interval: Interval, is_late: bool, currency: Any
) -> None:
	charges = (platform("100"), platform("100", "later", timing=ARREARS))
	terms = order(
		start,
		*charges,
		interval=interval,
		billing_day=billing_day,
		currency=currency,
		end=start + timedelta(500),
	)
	account = Account(terms)
	account.bill(start + timedelta(days=200 if is_late else 0))
	account.bill(start + timedelta(days=500))
	ahead, behind = account.lines_of("platform"), account.lines_of("later")
	assert sum_of(ahead) == sum_of(behind)
	assert [line.period for line in ahead] == [line.period for line in behind]
