from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import usage_needed
from paygent_billing.core.pricing import Flat, Graduated, Package, Volume
from paygent_billing.core.usage import UsageSpan

from ..account import Account
from ..build import USD, YEAR, day, minimum, order, period, platform, shown, sum_of, tier, usage

TIERS = Graduated((tier("100", "1.00"), tier(None, "0.50")))


def test_usage_is_billed_after_its_period_and_neither_prorated_nor_are_its_included_units() -> None:
	account = Account(order("2026-01-15", usage(TIERS, included="10")))
	account.use(day("2026-01-15"), 100)
	account.use(day("2026-01-31"), 40)
	account.bill(day("2026-02-01"))
	assert shown(account.lines) == ["calls 2026-01-15..2026-01-31 140 115.00"]
	assert account.lines[0].included == 10


def test_usage_on_the_last_day_and_on_the_first_fall_into_their_own_periods() -> None:
	account = Account(order("2026-01-10", usage("1.00"), billing_day=10))
	account.use(day("2026-02-09"), 3)
	account.use(day("2026-02-10"), 4)
	account.bill(day("2026-03-10"))
	assert shown(account.lines) == [
		"calls 2026-01-10..2026-02-09 3 3.00",
		"calls 2026-02-10..2026-03-09 4 4.00",
	]


def test_usage_line_stands_there_when_it_costs_nothing_but_not_when_nothing_was_used() -> None:
	account = Account(order("2026-01-01", usage("1.00", included="10"), platform("5")))
	account.use(day("2026-01-05"), 10)
	account.bill(day("2026-03-01"))
	assert shown(account.lines_of("calls")) == ["calls 2026-01-01..2026-01-31 10 0.00"]


def test_only_the_line_is_rounded_and_only_once() -> None:
	account = Account(order("2026-01-01", usage("0.0149")))
	for number in range(100):
		account.use(day("2026-01-01") + timedelta(days=number % 31), 1)
	account.bill(day("2026-02-01"))
	assert shown(account.lines) == ["calls 2026-01-01..2026-01-31 100 1.49"]


@pytest.mark.parametrize(
	("used", "expected"),
	[
		("0", ["commit 2026-01-01..2026-01-31 1 50.00"]),
		("20", ["calls 2026-01-01..2026-01-31 20 20.00", "commit 2026-01-01..2026-01-31 1 30.00"]),
		("50", ["calls 2026-01-01..2026-01-31 50 50.00"]),
		("60", ["calls 2026-01-01..2026-01-31 60 60.00"]),
	],
)
def test_minimum_tops_usage_up_and_fees_do_not_count(used: str, expected: list[str]) -> None:
	account = Account(order("2026-01-01", platform("500"), usage("1.00"), minimum("50")))
	account.use(day("2026-01-05"), used)
	account.bill(day("2026-02-01"))
	assert shown(line for line in account.lines if line.charge != "platform") == expected


def test_minimum_is_prorated_in_a_stub_in_a_pause_and_at_the_end() -> None:
	account = Account(order("2026-01-15", usage("1.00"), minimum("310")))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.resume(day("2026-04-16"))
	account.bill(day("2026-05-01"))
	account.end(day("2026-05-02"))
	account.bill(day("2026-05-03"))
	assert shown(account.lines) == [
		"commit 2026-01-15..2026-01-31 1 170.00",
		"commit 2026-02-01..2026-02-28 1 310.00",
		"commit 2026-03-01..2026-03-10 1 100.00",
		"commit 2026-04-16..2026-04-30 1 155.00",
		"commit 2026-05-01..2026-05-02 1 20.00",
	]


def test_minimum_without_proration_is_a_full_one_in_a_stub() -> None:
	account = Account(order("2026-01-15", usage("1.00"), minimum("310"), proration=False))
	account.bill(day("2026-02-01"))
	assert shown(account.lines) == ["commit 2026-01-15..2026-01-31 1 310.00"]


def test_minimum_of_a_yearly_plan_holds_for_each_period_of_the_order() -> None:
	account = Account(order("2026-01-01", usage("1.00"), minimum("10"), first={"interval": YEAR}))
	account.bill(day("2026-03-01"))
	assert shown(account.lines) == [
		"commit 2026-01-01..2026-01-31 1 10.00",
		"commit 2026-02-01..2026-02-28 1 10.00",
	]


def test_plan_change_splits_usage_and_minimum_and_each_part_bears_its_own_price() -> None:
	account = Account(order("2026-03-01", usage("1.00"), minimum("310"), first={"plan": "A"}))
	account.use(day("2026-03-10"), 40)
	account.use(day("2026-03-11"), 40)
	account.change(day("2026-03-11"), usage("2.00"), minimum("62"), plan="B")
	account.bill(day("2026-04-01"))
	assert shown(account.lines) == [
		"calls 2026-03-01..2026-03-10 40 40.00",
		"calls 2026-03-11..2026-03-31 40 80.00",
		"commit 2026-03-01..2026-03-10 1 60.00",
	]


def test_minimum_that_a_change_leaves_alone_straddles_it() -> None:
	account = Account(order("2026-03-01", usage("1.00"), minimum("100")))
	account.use(day("2026-03-05"), 90)
	account.use(day("2026-03-15"), 2)
	account.change(day("2026-03-11"), usage("2.00"), minimum("100"))
	account.bill(day("2026-04-01"))
	assert shown(account.lines_of("commit")) == ["commit 2026-03-01..2026-03-31 1 6.00"]


def test_usage_that_a_minimums_change_leaves_alone_keeps_its_tiers() -> None:
	"""The usage is one line; of its cost each minimum counts what was added on its own days."""
	account = Account(order("2026-03-01", usage(TIERS), minimum("310")))
	account.use(day("2026-03-05"), 100)
	account.use(day("2026-03-15"), 20)
	account.change(day("2026-03-11"), usage(TIERS), minimum("31"))
	account.bill(day("2026-04-01"))
	assert shown(account.lines) == [
		"calls 2026-03-01..2026-03-31 120 110.00",
		"commit 2026-03-11..2026-03-31 1 11.00",
	]


def test_minimum_introduced_in_mid_period_counts_its_own_days_only() -> None:
	account = Account(order("2026-03-01", usage(TIERS)))
	account.use(day("2026-03-05"), 100)
	account.use(day("2026-03-15"), 20)
	account.change(day("2026-03-11"), usage(TIERS), minimum("31"))
	assert usage_needed(account.terms, period("2026-03-01", "2026-04-01")) == [
		UsageSpan("L1", "calls", period("2026-03-01", "2026-03-11")),
		UsageSpan("L1", "calls", period("2026-03-01", "2026-04-01")),
	]
	account.bill(day("2026-04-01"))
	assert shown(account.lines) == [
		"calls 2026-03-01..2026-03-31 120 110.00",
		"commit 2026-03-11..2026-03-31 1 11.00",
	]


def test_seats_change_leaves_tiers_and_included_units_of_usage_running() -> None:
	account = Account(order("2026-03-01", usage(TIERS, included="10"), first={"seats": 1}))
	account.use(day("2026-03-05"), 100)
	account.use(day("2026-03-15"), 20)
	account.change(day("2026-03-11"), seats=6)
	account.bill(day("2026-04-01"))
	assert shown(account.lines) == ["calls 2026-03-01..2026-03-31 120 105.00"]


def test_usage_before_a_pause_is_billed_on_resumption_and_usage_in_it_never() -> None:
	account = Account(order("2026-03-01", usage("1.00")))
	account.bill(day("2026-03-01"))
	account.use(day("2026-03-10"), 5)
	account.pause(day("2026-03-11"))
	account.use(day("2026-03-11"), 7)
	account.bill(day("2026-04-10"))
	account.resume(day("2026-04-16"))
	account.bill(day("2026-05-01"))
	assert shown(account.lines) == ["calls 2026-03-01..2026-03-10 5 5.00"]
	assert [use.is_billed for use in account.uses] == [True, False]


def test_usage_up_to_the_last_day_is_billed_with_the_closing_invoice() -> None:
	account = Account(order("2026-03-01", usage("1.00")))
	account.use(day("2026-03-20"), 5)
	account.use(day("2026-03-21"), 9)
	account.end(day("2026-03-20"))
	account.bill(day("2026-03-21"))
	assert shown(account.lines) == ["calls 2026-03-01..2026-03-20 5 5.00"]


def test_removed_agents_usage_is_billed_up_to_its_last_day() -> None:
	account = Account(order("2026-03-01", platform("1")))
	account.add_line(day("2026-03-05"), "L2", usage("1.00"), minimum("31"))
	account.use(day("2026-03-08"), 4, line="L2")
	account.remove_line(day("2026-03-10"), "L2")
	account.bill(day("2026-05-01"))
	assert shown(line for line in account.lines if line.line == "L2") == [
		"calls 2026-03-05..2026-03-09 4 4.00",
		"commit 2026-03-05..2026-03-09 1 1.00",
	]


MODELS = [TIERS, Volume(TIERS.tiers), Flat(Decimal(7)), Package(Decimal(3), Decimal("1.25"))]


@given(
	st.sampled_from(MODELS),
	st.lists(st.tuples(st.integers(0, 30), st.integers(1, 90)), max_size=8),
	st.lists(st.integers(1, 30), unique=True, max_size=3).map(sorted),
	st.lists(st.sampled_from(["0", "50", "77.77"]), min_size=4, max_size=4),
)
def test_minimums_top_usage_up_to_what_is_committed_on_their_days(
	model: Graduated, uses: list[tuple[int, int]], changes: list[int], committed: list[str]
) -> None:
	"""Whatever minimums follow each other in a period, the whole is at least their prorated sum."""
	account = Account(order("2026-03-01", usage(model), minimum(committed[0])))
	for after, quantity in uses:
		account.use(date(2026, 3, 1) + timedelta(days=after), quantity)
	for after, price in zip(changes, committed[1:], strict=False):
		account.change(date(2026, 3, 1) + timedelta(days=after), usage(model), minimum(price))
	account.bill(day("2026-04-01"))
	days = [0, *changes, 31]
	parts = zip(days, days[1:], committed, strict=False)
	promised = sum(USD.round(Decimal(price) * (last - first) / 31) for first, last, price in parts)
	assert sum_of(account.lines) >= promised - Decimal("0.01") * len(days)
	assert all(line.amount > 0 for line in account.lines_of("commit"))
