"""Credits of a longer fee that come with each billing period of its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import Charge, CreditSchedule, OrderTerms, Timing
from paygent_billing.core.wallet import Rollover

from ..account import Account
from ..build import MONTH, QUARTER, YEAR, day, order, platform, seats, setup, shown, usage

EACH_PERIOD = CreditSchedule.EACH_PERIOD


def fee(credits: str, price: str = "365", **fields: Any) -> Charge:
	return platform(price, credits=credits, credit_schedule=EACH_PERIOD, **fields)


def yearly(start: str, *charges: Charge, **fields: Any) -> OrderTerms:
	"""A monthly order on a yearly plan A."""
	first = {"interval": YEAR, "plan": "A", **fields.pop("first", {})}
	return order(start, *charges, first=first, **fields)


def granted(account: Account) -> list[str]:
	"""Each grant as "first day..last day amount, with the fee from ..."."""
	grants = [credits for billing in account.billings for credits in billing.grants]
	return [f"{one.period.start}..{one.period.last_day} {one.amount} with {one.fee_from}" for one in grants]


def test_they_come_with_each_month_of_a_yearly_fee_which_itself_brings_none() -> None:
	account = Account(yearly("2026-01-01", fee("50")))
	account.bill(day("2026-03-01"))
	assert shown(account.lines) == ["platform 2026-01-01..2026-12-31 1 365.00"]
	assert [line.credits for line in account.lines] == [0]
	assert granted(account) == [
		"2026-01-01..2026-01-31 50.00 with 2026-01-01",
		"2026-02-01..2026-02-28 50.00 with 2026-01-01",
		"2026-03-01..2026-03-31 50.00 with 2026-01-01",
	]
	assert account.balance.pending == 150


def test_they_belong_to_the_new_fee_when_a_year_is_over() -> None:
	account = Account(yearly("2026-01-01", fee("50")))
	account.bill(day("2027-01-01"))
	assert granted(account)[-2:] == [
		"2026-12-01..2026-12-31 50.00 with 2026-01-01",
		"2027-01-01..2027-01-31 50.00 with 2027-01-01",
	]


@pytest.mark.parametrize(
	("is_prorated", "value", "first", "second"),
	[(True, "1", "27.42", "50.00"), (True, "0.5", "13.71", "25.00"), (False, "1", "50.00", "50.00")],
)
def test_a_stub_brings_its_share_of_the_orders_period(
	is_prorated: bool, value: str, first: str, second: str
) -> None:
	"""17 of the 31 days from 1 January, though the fee is 17 of 365 days."""
	terms = yearly("2026-01-15", fee("50"), proration=is_prorated, credit_value=Decimal(value))
	account = Account(terms)
	account.bill(day("2026-02-01"))
	assert granted(account) == [
		f"2026-01-15..2026-01-31 {first} with 2026-01-15",
		f"2026-02-01..2026-02-28 {second} with 2026-02-01",
	]


@pytest.mark.parametrize("schedule", list(CreditSchedule))
def test_a_fee_with_the_orders_own_periods_brings_the_same_either_way(schedule: CreditSchedule) -> None:
	twelve = replace(MONTH, count=12)
	for interval, first in ((MONTH, {}), (MONTH, {"interval": MONTH}), (YEAR, {"interval": twelve})):
		charge = platform("31", credits="31", credit_schedule=schedule)
		account = Account(order("2026-03-01", charge, interval=interval, first={"plan": "A", **first}))
		account.bill(day("2026-03-01"))
		account.change(day("2026-03-21"), platform("62", credits="62", credit_schedule=schedule), plan="B")
		assert granted(account) == []
		assert account.balance.pending == 31
		assert account.pending[1].credits == (22 if interval is MONTH else Decimal("58.60"))


def test_a_pause_brings_none_and_a_resumption_the_rest_with_its_own_fee() -> None:
	account = Account(yearly("2026-01-01", fee("60")))
	account.bill(day("2026-02-01"))
	account.pause(day("2026-02-10"))
	account.bill(day("2026-04-21"))
	account.resume(day("2026-04-21"))
	account.bill(day("2026-05-01"))
	assert granted(account)[1:] == [
		"2026-02-01..2026-02-28 60.00 with 2026-01-01",
		"2026-04-21..2026-04-30 20.00 with 2026-04-21",
		"2026-05-01..2026-05-31 60.00 with 2026-04-21",
	]


def test_a_pause_known_before_its_period_is_billed_brings_the_days_served() -> None:
	account = Account(yearly("2026-01-01", fee("28")))
	account.bill(day("2026-01-01"))
	account.pause(day("2026-02-08"))
	account.bill(day("2026-03-01"))
	assert granted(account)[1:] == ["2026-02-01..2026-02-07 7.00 with 2026-01-01"]


def test_a_new_plan_leaves_what_is_granted_and_brings_its_own_from_the_next_period() -> None:
	account = Account(yearly("2026-01-01", fee("50")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), fee("80", "730"), plan="B")
	assert [line.credits for line in account.pending] == [0, 0]
	account.bill(day("2026-04-01"))
	assert granted(account)[2:] == [
		"2026-03-01..2026-03-31 50.00 with 2026-01-01",
		"2026-04-01..2026-04-30 80.00 with 2026-03-11",
	]


def test_a_new_plan_with_the_same_price_leaves_the_fee_and_brings_its_own_number() -> None:
	account = Account(yearly("2026-01-01", fee("50")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), fee("80"), plan="B")
	assert account.pending == []
	account.bill(day("2026-04-01"))
	assert granted(account)[3:] == ["2026-04-01..2026-04-30 80.00 with 2026-01-01"]


def test_a_new_plan_that_grants_with_the_fee_bills_it_anew_with_its_credits() -> None:
	account = Account(yearly("2026-01-01", fee("365")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("365", credits="365"), plan="B")
	account.bill(day("2026-05-01"))
	assert [line.credits for line in account.lines_of("platform")] == [0, 0, 296]
	assert granted(account)[-1] == "2026-03-01..2026-03-31 365.00 with 2026-01-01"


def test_a_change_of_seats_moves_them_to_the_invoice_of_the_fee_in_force() -> None:
	charge = seats("365", credits="50", credit_schedule=EACH_PERIOD)
	account = Account(yearly("2026-01-01", charge, first={"seats": 1}))
	account.bill(day("2026-01-01"))
	account.change(day("2026-01-11"), seats=3)
	account.bill(day("2026-02-01"))
	account.change(day("2026-02-11"), seats=0)
	account.bill(day("2026-04-01"))
	assert granted(account) == [
		"2026-01-01..2026-01-31 50.00 with 2026-01-01",
		"2026-02-01..2026-02-28 50.00 with 2026-01-11",
	]


def test_a_change_known_before_its_period_is_billed_splits_them_by_days() -> None:
	account = Account(yearly("2026-01-01", fee("62")))
	account.bill(day("2026-02-01"))
	account.change(day("2026-03-11"), fee("124", "730"), plan="B")
	account.bill(day("2026-04-01"))
	assert granted(account)[2:] == [
		"2026-03-01..2026-03-10 20.00 with 2026-01-01",
		"2026-03-11..2026-03-31 84.00 with 2026-03-11",
		"2026-04-01..2026-04-30 124.00 with 2026-03-11",
	]


def test_an_agent_added_in_mid_period_brings_them_from_the_next_one() -> None:
	account = Account(yearly("2026-01-01", platform("12")))
	account.bill(day("2026-01-01"))
	account.add_line(day("2026-01-11"), "L2", fee("50", charge="extra"), interval=YEAR, plan="B")
	account.bill(day("2026-02-01"))
	assert granted(account) == ["2026-02-01..2026-02-28 50.00 with 2026-01-11"]


@pytest.mark.parametrize("is_prorated", [True, False])
def test_an_agent_that_is_removed_brings_none_any_more(is_prorated: bool) -> None:
	"""Without proration its fee goes on to the end of the year."""
	account = Account(yearly("2026-01-01", fee("50"), proration=is_prorated))
	account.bill(day("2026-02-01"))
	account.remove_line(day("2026-02-15"), "L1")
	account.bill(day("2026-06-01"))
	assert granted(account)[1:] == ["2026-02-01..2026-02-28 50.00 with 2026-01-01"]


@pytest.mark.parametrize(("is_prorated", "last"), [(True, "20.00"), (False, "62.00")])
def test_the_last_period_is_cut_off_at_the_end_which_brings_none(is_prorated: bool, last: str) -> None:
	account = Account(yearly("2026-01-01", fee("62"), proration=is_prorated, end=day("2026-03-11")))
	account.bill(day("2026-04-01"))
	assert granted(account)[2:] == [f"2026-03-01..2026-03-10 {last} with 2026-01-01"]
	assert account.position.is_closed


def test_each_month_without_rollover_expires_when_its_usage_is_billed() -> None:
	terms = yearly("2026-01-01", fee("50"), usage("1.00"), line={"rollover": Rollover(Decimal(0))})
	account = Account(terms)
	account.bill(day("2026-01-01"))
	account.pay()
	account.use(day("2026-01-15"), 20)
	account.bill(day("2026-02-01"))
	assert shown(account.lines)[1:] == ["calls 2026-01-01..2026-01-31 20 20.00", "credits -20.00"]
	assert (account.balance.available, account.balance.pending) == (0, 50)


def test_an_amount_that_rounds_to_nothing_is_none() -> None:
	account = Account(yearly("2026-01-31", fee("0.10"), credit_value=Decimal("0.1")))
	account.bill(day("2026-02-01"))
	assert granted(account) == ["2026-02-01..2026-02-28 0.01 with 2026-02-01"]


@pytest.mark.parametrize(
	"make",
	[
		lambda: fee("5", timing=Timing.ARREARS),
		lambda: replace(setup("5"), credits=Decimal(5), credit_schedule=EACH_PERIOD),
	],
)
def test_only_a_periodic_fee_in_advance_can_bring_them(make: Any) -> None:
	with pytest.raises(ValueError, match="only with a platform or seat fee in advance"):
		make()


@given(
	st.dates(date(2024, 1, 1), date(2026, 12, 31)),
	st.integers(1, 31),
	st.sampled_from([YEAR, QUARTER]),
	st.integers(0, 400),
)
def test_late_billing_grants_the_same_and_its_periods_tile_the_service(
	start: date, billing_day: int, interval: Any, days: int
) -> None:
	terms = order(
		start, fee("31"), billing_day=billing_day, end=start + timedelta(400), first={"interval": interval}
	)
	daily, late = Account(terms), Account(terms)
	for passed in range(0, 401, 1 + days % 40):
		daily.bill(start + timedelta(days=passed))
	daily.bill(start + timedelta(days=400))
	late.bill(start + timedelta(days=400))
	assert granted(daily) == granted(late)
	periods = [credits.period for billing in late.billings for credits in billing.grants]
	assert periods[0].start == start
	assert periods[-1].end == terms.end
	assert all(older.end == newer.start for older, newer in pairwise(periods))
