from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import Timing
from paygent_billing.core.pricing import Package, Volume

from ..account import Account
from ..build import YEAR, day, minimum, order, platform, seats, setup, shown, sum_of, tier, usage

BASIC = (platform("100.00"), seats("12.50"), usage(Package(Decimal(100), Decimal(3))))
PLUS = (platform("160.00"), seats("10.00"), usage(Volume((tier("1000", "0.02"), tier(None, "0.01", "5.00")))))


def initech() -> Account:
	account = Account(order("2026-03-01", *BASIC, first={"seats": 4, "plan": "Basic"}))
	account.use(day("2026-03-05"), 250)
	account.use(day("2026-03-25"), 1200)
	return account


def change_as_in_the_case(account: Account) -> None:
	account.change(day("2026-03-11"), *PLUS, plan="Plus")
	account.change(day("2026-03-21"), seats=6)


def test_plan_change_case_comes_to_the_cent() -> None:
	"""cases/plan-change.yaml."""
	account = initech()
	first = account.bill(day("2026-03-01"))[0]
	change_as_in_the_case(account)
	second = account.bill(day("2026-04-01"))[0]
	assert shown(first.draft.lines) == [
		"platform 2026-03-01..2026-03-31 1 100.00",
		"seats 2026-03-01..2026-03-31 4 50.00",
	]
	assert shown(second.draft.lines) == [
		"calls 2026-03-01..2026-03-10 250 9.00",
		"calls 2026-03-11..2026-03-31 1200 17.00",
		"platform 2026-03-11..2026-03-31 1 -67.74",
		"platform 2026-03-11..2026-03-31 1 108.39",
		"seats 2026-03-11..2026-03-31 4 -33.87",
		"seats 2026-03-11..2026-03-31 4 27.10",
		"seats 2026-03-21..2026-03-31 4 -14.19",
		"seats 2026-03-21..2026-03-31 6 21.29",
		"platform 2026-04-01..2026-04-30 1 160.00",
		"seats 2026-04-01..2026-04-30 6 60.00",
	]
	assert (first.draft.total, second.draft.total) == (Decimal("150.00"), Decimal("286.98"))


def test_change_known_before_its_period_is_billed_bills_the_fee_in_parts() -> None:
	account = initech()
	change_as_in_the_case(account)
	first = account.bill(day("2026-04-01"))[0]
	assert account.terms.lines[0].versions[-1].seats == 6
	assert sorted(shown(first.draft.lines)) == [
		"platform 2026-03-01..2026-03-10 1 32.26",
		"platform 2026-03-11..2026-03-31 1 108.39",
		"seats 2026-03-01..2026-03-10 4 16.13",
		"seats 2026-03-11..2026-03-20 4 12.90",
		"seats 2026-03-21..2026-03-31 6 21.29",
	]


def test_changes_at_once_come_on_an_invoice_of_their_own() -> None:
	account = initech()
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), *PLUS, plan="Plus")
	own = account.bill_changes()
	assert own.draft.total == Decimal("33.88")
	assert account.pending == []
	following = account.bill(day("2026-04-01"))[0]
	assert all(line.amount > 0 for line in following.draft.lines)


def test_downgrade_at_once_is_an_invoice_of_zero_and_the_rest_is_carried() -> None:
	account = Account(order("2026-03-01", platform("310")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("31"))
	own = account.bill_changes()
	assert (own.draft.total, own.draft.carried, own.is_issued) == (0, Decimal("189.00"), True)
	following = account.bill(day("2026-04-01"))[0]
	assert shown(following.draft.lines) == [
		"carry_forward -189.00", "platform 2026-04-01..2026-04-30 1 31.00", "carry_forward 158.00",
	]  # fmt: skip


def test_charge_that_a_change_leaves_as_it_was_is_not_corrected() -> None:
	account = Account(order("2026-03-01", platform("100"), seats("10"), first={"seats": 4, "plan": "A"}))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("100"), seats("10"), plan="B")
	assert account.pending == []
	account.change(day("2026-03-11"), seats=5)
	assert {line.charge for line in account.pending} == {"seats"}


def test_two_changes_on_one_day_bill_what_holds_after_the_last() -> None:
	account = Account(order("2026-03-01", platform("31")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("62"))
	account.change(day("2026-03-11"), platform("31"))
	assert [str(line.amount) for line in account.pending] == ["-21.00", "42.00", "-42.00", "21.00"]


@pytest.mark.parametrize("on", ["2026-03-01", "2026-03-11"])
def test_plan_replaced_on_the_day_it_began_is_credited_though_no_version_has_its_charge(on: str) -> None:
	account = Account(order("2026-03-01", platform("31")))
	account.bill(day("2026-03-01"))
	account.change(day(on), seats("62", "first"), seats=1)
	account.change(day(on), platform("93", "second"), seats=0)
	credited = [line for line in account.pending if line.charge == "first"]
	assert [line.type.value for line in credited] == ["seat_fee", "seat_fee"]
	assert sum_of(credited) == 0
	assert account.pending[-1].charge == "second"


def test_agent_added_in_mid_period_is_billed_for_its_days_and_removed_is_credited() -> None:
	account = Account(order("2026-03-01", platform("1")))
	account.bill(day("2026-03-01"))
	account.add_line(day("2026-03-11"), "L2", platform("31"), setup("9"))
	account.remove_line(day("2026-03-21"), "L2")
	account.bill(day("2026-05-01"))
	assert shown(line for line in account.lines if line.line == "L2") == [
		"platform 2026-03-11..2026-03-31 1 21.00",
		"setup 2026-03-11..2026-03-11 1 9.00",
		"platform 2026-03-21..2026-03-31 1 -11.00",
	]


def test_agent_that_is_gone_before_the_order_is_resumed_costs_nothing() -> None:
	account = Account(order("2026-03-01", platform("1")))
	account.pause(day("2026-03-01"))
	account.add_line(day("2026-03-05"), "L2", platform("31"), setup("9"))
	account.remove_line(day("2026-03-08"), "L2")
	account.resume(day("2026-03-10"))
	account.bill(day("2026-04-01"))
	assert [line for line in account.lines if line.line == "L2"] == []


def test_without_proration_a_change_takes_effect_with_the_next_period_without_corrections() -> None:
	account = Account(order("2026-03-01", platform("100"), usage("1"), proration=False))
	account.use(day("2026-03-10"), 1)
	account.use(day("2026-03-11"), 1)
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("160"), usage("2"))
	account.add_line(day("2026-03-12"), "L2", platform("7"))
	assert account.pending == []
	account.bill(day("2026-04-01"))
	account.remove_line(day("2026-04-05"), "L2")
	assert account.pending == []
	account.bill(day("2026-05-01"))
	assert shown(account.lines) == [
		"platform 2026-03-01..2026-03-31 1 100.00",
		"calls 2026-03-01..2026-03-10 1 1.00",
		"calls 2026-03-11..2026-03-31 1 2.00",
		"platform 2026-04-01..2026-04-30 1 160.00",
		"platform 2026-04-01..2026-04-30 1 7.00",
		"platform 2026-05-01..2026-05-31 1 160.00",
	]


def test_without_proration_an_added_yearly_agent_starts_with_the_orders_next_period() -> None:
	"""Not with the next year: its usage is rated from its first day on."""
	account = Account(order("2026-01-01", platform("1"), proration=False))
	account.bill(day("2026-03-01"))
	account.add_line(day("2026-03-11"), "L2", platform("365"), usage("1"), minimum("5"), interval=YEAR)
	account.bill(day("2026-05-01"))
	assert shown(line for line in account.lines if line.line == "L2") == [
		"platform 2026-04-01..2026-12-31 1 365.00",
		"commit 2026-04-01..2026-04-30 1 5.00",
	]


def test_without_proration_a_change_on_the_first_day_gives_back_all_that_was_billed() -> None:
	account = Account(order("2026-01-15", platform("100"), proration=False))
	account.bill(day("2026-01-15"))
	account.change(day("2026-01-15"), platform("160"))
	assert shown(account.pending) == [
		"platform 2026-01-15..2026-01-31 1 -100.00",
		"platform 2026-01-15..2026-01-31 1 160.00",
	]


def test_fee_moved_from_arrears_to_advance_is_billed_for_both_sides_of_the_change() -> None:
	account = Account(order("2026-02-01", platform("31", timing=Timing.ARREARS)))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("62"))
	account.bill(day("2026-04-01"))
	assert shown(account.lines)[1:] == [
		"platform 2026-03-01..2026-03-10 1 10.00",
		"platform 2026-03-11..2026-03-31 1 42.00",
		"platform 2026-04-01..2026-04-30 1 62.00",
	]


def test_fee_moved_from_advance_to_arrears_is_credited_and_billed_afterwards() -> None:
	account = Account(order("2026-03-01", platform("62")))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("31", timing=Timing.ARREARS))
	account.bill(day("2026-04-01"))
	assert shown(account.lines)[1:] == [
		"platform 2026-03-11..2026-03-31 1 21.00",
		"platform 2026-03-11..2026-03-31 1 -42.00",
		"carry_forward 21.00",
	]


def test_change_from_a_yearly_plan_gives_the_rest_of_the_year_back() -> None:
	account = Account(order("2026-01-01", platform("365"), first={"interval": YEAR, "plan": "Yearly"}))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("31"), plan="Monthly", interval=None)
	assert shown(account.pending) == [
		"platform 2026-03-11..2026-12-31 1 -296.00",
		"platform 2026-03-11..2026-03-31 1 21.00",
	]


# Pause and end


def test_pause_gives_nothing_back_and_resumption_bills_to_the_next_billing_date() -> None:
	"""cases/pause-and-resume.yaml."""
	account = Account(order("2026-02-01", platform("300.00")))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	assert account.bill(day("2026-04-01")) == []
	account.resume(day("2026-04-16"))
	account.bill(day("2026-05-01"))
	assert shown(account.lines) == [
		"platform 2026-02-01..2026-02-28 1 300.00",
		"platform 2026-03-01..2026-03-31 1 300.00",
		"platform 2026-04-16..2026-04-30 1 150.00",
		"platform 2026-05-01..2026-05-31 1 300.00",
	]


@pytest.mark.parametrize(
	("is_credited", "expected"),
	[
		(False, ["platform 2026-03-21..2026-03-31 1 110.00"]),
		(True, ["platform 2026-03-11..2026-03-31 1 -210.00", "platform 2026-03-21..2026-03-31 1 110.00"]),
	],
)
def test_resumption_inside_a_paid_period_bills_the_rest_of_it_again(
	is_credited: bool, expected: list[str]
) -> None:
	"""The literal rule: `credit_paused_days` gives all days from the pause on back; else they are lost."""
	account = Account(order("2026-03-01", platform("310"), credits_paused_days=is_credited))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.resume(day("2026-03-21"))
	made = account.bill(day("2026-03-21"))[0]
	assert [line for line in shown(made.draft.lines) if "carry" not in line] == expected


def test_change_between_resumption_and_its_run_is_billed_by_that_run() -> None:
	"""The days paid before the pause are lost: nothing is in force that could be corrected."""
	account = Account(order("2026-03-01", platform("310", credits="31")))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.resume(day("2026-03-21"))
	account.change(day("2026-03-21"), platform("620", credits="31"))
	assert account.pending == []
	made = account.bill(day("2026-03-21"))[0]
	assert shown(made.draft.lines) == ["platform 2026-03-21..2026-03-31 1 220.00"]
	assert made.draft.lines[0].credits == 11


def test_change_while_paused_is_billed_from_the_resumption_on() -> None:
	account = Account(order("2026-03-01", platform("310")))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.change(day("2026-03-15"), platform("620"))
	assert account.pending == []
	account.resume(day("2026-03-21"))
	assert shown(account.bill(day("2026-03-21"))[0].draft.lines) == [
		"platform 2026-03-21..2026-03-31 1 220.00"
	]


@pytest.mark.parametrize(("is_credited", "expected"), [(False, "0"), (True, "200.00")])
def test_end_gives_paid_days_back_only_if_the_order_says_so(is_credited: bool, expected: str) -> None:
	account = Account(order("2026-03-01", platform("310"), credits_on_end=is_credited))
	account.bill(day("2026-03-01"))
	account.end(day("2026-03-11"))
	assert -sum_of(account.pending) == Decimal(expected)
	closing = account.bill(day("2026-03-12"))[0]
	assert closing.credit_note == Decimal(expected)
	assert closing.draft.total == 0
	assert account.bill(day("2027-03-12")) == []


def test_end_while_paused_gives_nothing_back_a_second_time() -> None:
	account = Account(order("2026-03-01", platform("310"), credits_on_end=True, credits_paused_days=True))
	account.bill(day("2026-03-01"))
	account.pause(day("2026-03-11"))
	account.end(day("2026-03-20"))
	assert shown(account.pending) == ["platform 2026-03-11..2026-03-31 1 -210.00"]


# Credits that come with fees


def test_new_plan_brings_its_own_credits_and_those_granted_stay() -> None:
	account = Account(order("2026-03-01", platform("100", credits="50"), first={"plan": "A"}))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), platform("160", credits="93"), plan="B")
	account.bill(day("2026-04-01"))
	assert [lot.pending for lot in account.lots] == [50, 63, 93]


def test_change_of_seats_brings_no_credits() -> None:
	account = Account(order("2026-03-01", seats("10", credits="31"), first={"plan": "A", "seats": 1}))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), seats=5)
	assert [line.credits for line in account.pending] == [0, 0]


@pytest.mark.parametrize("bills_between", [False, True])
def test_change_of_seats_brings_no_credits_after_a_plan_change_that_left_the_fee_alone(
	bills_between: bool,
) -> None:
	account = Account(order("2026-03-01", seats("10", credits="31"), first={"plan": "A", "seats": 1}))
	account.bill(day("2026-03-01"))
	account.change(day("2026-03-11"), plan="B")
	if bills_between:
		account.bill(day("2026-04-01"))
	account.change(day("2026-04-11" if bills_between else "2026-03-21"), seats=5)
	assert [line.credits for line in account.pending] == [0, 0]


# Laws

prices = st.integers(0, 10**5).map(lambda cents: str(Decimal(cents) / 100))
changes = st.lists(st.tuples(st.integers(0, 20), prices, st.integers(0, 9)), min_size=2, max_size=5)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 31), prices, changes)
def test_changes_never_give_back_more_than_was_billed(
	start: date, billing_day: int, price: str, found: list[tuple[int, str, int]]
) -> None:
	"""F27: each credit is at most what its fee cost, for exactly the days that are billed anew."""
	account = Account(order(start, platform(price), seats("3.33"), billing_day=billing_day))
	account.bill(start)
	today = start
	for after, new_price, number in found:
		today += timedelta(days=after)
		account.bill(today)
		account.change(today, platform(new_price), seats("3.33"), seats=number)
	account.bill(today + timedelta(days=62))
	for charge in ("platform", "seats"):
		lines = account.lines_of(charge)
		for credit in (line for line in lines if line.amount < 0):
			own = [line for line in lines if line.amount > 0 and line.period and credit.period]
			covering = [line for line in own if line.period.intersect(credit.period) == credit.period]  # type: ignore[union-attr,arg-type]
			assert any(
				line.quantity == credit.quantity and line.amount >= -credit.amount for line in covering
			)
		assert sum_of(lines) >= 0
