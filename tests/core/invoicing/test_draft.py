from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import (
	Billing,
	Discount,
	Facts,
	InvoiceLine,
	LineType,
	Tax,
	bill_changes,
	bill_step,
)
from paygent_billing.core.invoicing import next_step as step_after
from paygent_billing.core.money import ZERO
from paygent_billing.core.period import Interval
from paygent_billing.core.pricing import Graduated
from paygent_billing.core.wallet import EntryKind, Lot, LotSource, Rollover

from ..account import Account
from ..build import (
	JPY,
	KWD,
	MONTH,
	QUARTER,
	USD,
	WEEK,
	day,
	minimum,
	order,
	platform,
	seats,
	shown,
	sum_of,
	tier,
	usage,
)

D = Decimal
TIERS = Graduated((tier("100", "30"), tier(None, "20.5")))
VAT = Tax("VAT", D(20))


def one_off(amount: str) -> InvoiceLine:
	return InvoiceLine(LineType.ONE_OFF, "one_off", D(amount), "one-off")


def top_up(account: Account, amount: str, expires: date | None = None) -> None:
	number = len(account.lots) + 1
	account.lots.append(Lot(f"lot-{number}", number, LotSource.BOUGHT, D(amount), expires=expires))


def totals(billings: list[Billing]) -> list[str]:
	return [str(billing.draft.total) for billing in billings]


# The order of the lines, and what is issued


def test_invoice_bears_arrears_corrections_advance_one_offs_and_credits_in_this_order() -> None:
	account = Account(order("2026-03-01", platform("310"), usage("1.00"), minimum("20")))
	top_up(account, "15")
	account.bill(day("2026-03-01"))
	account.use(day("2026-03-05"), 5)
	account.pending.append(one_off("3.00"))
	account.change(day("2026-03-30"), platform("341"), usage("1.00"), minimum("20"))
	made = account.bill(day("2026-04-01"))[0]
	assert [line.charge for line in made.draft.lines] == [
		"calls", "commit", "platform", "platform", "platform", "one_off", "credits",
	]  # fmt: skip


@pytest.mark.parametrize(("zero_invoices", "issued"), [(False, [False, False]), (True, [True, True])])
def test_invoice_whose_lines_are_all_zero_is_issued_only_if_the_order_says_so(
	zero_invoices: bool, issued: list[bool]
) -> None:
	account = Account(order("2026-01-01", platform("0"), usage("0"), zero_invoices=zero_invoices))
	account.use(day("2026-01-05"), 5)
	made = account.bill(day("2026-02-01"))
	assert [billing.is_issued for billing in made] == issued
	assert account.position.billed_on == day("2026-02-01")


def test_invoice_without_lines_is_never_issued() -> None:
	account = Account(order("2026-01-01", usage("1"), zero_invoices=True))
	assert [billing.is_issued for billing in account.bill(day("2026-01-01"))] == [False]


def test_invoice_whose_total_is_zero_but_whose_lines_are_not_is_issued() -> None:
	account = Account(order("2026-01-01", platform("10"), discount=Discount(D(100))))
	made = account.bill(day("2026-01-01"))[0]
	assert (made.draft.total, made.is_issued) == (0, True)


# Discount, carry-forward, credit note


@pytest.mark.parametrize(
	("discount", "expected"),
	[
		(Discount(D(50), periods=2), ["50.00", "50.00", "100.00"]),
		(Discount(D(10)), ["90.00", "90.00", "90.00"]),
		(Discount(amount=D(30), periods=1), ["70.00", "100.00", "100.00"]),
		(Discount(amount=D(130)), ["0.00", "0.00", "0.00"]),
	],
)
def test_discount_holds_for_its_number_of_billing_dates(discount: Discount, expected: list[str]) -> None:
	account = Account(order("2026-01-01", platform("100"), discount=discount))
	assert totals(account.bill(day("2026-03-01"))) == expected


def test_changes_at_once_bear_a_percent_but_not_the_amount_of_a_period() -> None:
	facts = Facts(pending=(one_off("10.00"),), taxes=(VAT,))
	percent = Account(order("2026-01-01", platform("1"), discount=Discount(D(50))))
	amount = Account(order("2026-01-01", platform("1"), discount=Discount(amount=D(5))))
	assert bill_changes(percent.terms, percent.position, facts).draft.total == D("6.00")
	assert bill_changes(amount.terms, amount.position, facts).draft.total == D("12.00")


def test_what_is_carried_stands_negative_on_the_next_invoices_until_it_is_used_up() -> None:
	account = Account(order("2026-01-01", platform("10")), taxes=(VAT,))
	account.pending.append(one_off("-25.00"))
	made = account.bill(day("2026-03-01"))
	assert [shown(billing.draft.lines) for billing in made] == [
		["platform 2026-01-01..2026-01-31 1 10.00", "one_off -25.00", "carry_forward 15.00"],
		["carry_forward -15.00", "platform 2026-02-01..2026-02-28 1 10.00", "carry_forward 5.00"],
		["carry_forward -5.00", "platform 2026-03-01..2026-03-31 1 10.00"],
	]
	assert [billing.draft.total for billing in made] == [0, 0, 6]


def test_negative_rest_of_a_closed_order_is_a_credit_note() -> None:
	account = Account(order("2026-01-01", platform("310"), usage("1.00"), credits_on_end=True))
	account.bill(day("2026-01-01"))
	account.use(day("2026-01-05"), 30)
	account.end(day("2026-01-10"))
	closing = account.bill(day("2026-01-11"))[0]
	assert shown(closing.draft.lines) == [
		"calls 2026-01-01..2026-01-10 30 30.00",
		"platform 2026-01-11..2026-01-31 1 -210.00",
		"carry_forward 180.00",
	]
	assert (closing.draft.total, closing.credit_note, closing.is_issued) == (0, D("180.00"), True)


# Late usage


def test_late_usage_is_rated_as_if_it_had_come_in_time() -> None:
	"""cases/late-usage.yaml."""
	account = Account(order("2026-01-01", usage(TIERS), currency=JPY), taxes=(Tax("JCT", D(10)),))
	account.use(day("2026-01-10"), 90)
	first = account.bill(day("2026-02-01"))[-1]
	account.use(day("2026-01-31"), 25)
	account.use(day("2026-02-04"), 10)
	second = account.bill(day("2026-03-01"))[0]
	assert (first.draft.total, second.draft.total) == (2970, 999)
	assert shown(second.draft.lines) == [
		"calls 2026-02-01..2026-02-28 10 300",
		"calls 2026-01-01..2026-01-31 25 608",
	]
	assert second.draft.lines[1].explain == "100 x 30.00 + 15 x 20.50 - 2700 billed before"


def test_late_usage_lowers_the_minimum_that_was_billed_and_ends_it_when_it_is_reached() -> None:
	account = Account(order("2026-01-01", usage("1.00"), minimum("50")))
	account.bill(day("2026-02-01"))
	late = []
	for quantity in (20, 0, 20, 30, 5):
		account.use(day("2026-01-05"), quantity)
		made = account.bill(account.position.paid_until or date.max)[0]
		late.append([line for line in shown(made.draft.lines) if "2026-01" in line])
	assert late == [
		["calls 2026-01-01..2026-01-31 20 20.00", "commit 2026-01-01..2026-01-31 1 -20.00"],
		[],
		["calls 2026-01-01..2026-01-31 20 20.00", "commit 2026-01-01..2026-01-31 1 -20.00"],
		["calls 2026-01-01..2026-01-31 30 30.00", "commit 2026-01-01..2026-01-31 1 -10.00"],
		["calls 2026-01-01..2026-01-31 5 5.00"],
	]


def test_late_usage_within_the_included_units_leaves_the_corrected_minimum_alone() -> None:
	account = Account(order("2026-01-01", usage("1.00", included="30"), minimum("50")))
	account.bill(day("2026-02-01"))
	account.use(day("2026-01-05"), 40)
	account.bill(day("2026-03-01"))
	account.terms = replace(account.terms)
	account.use(day("2026-01-06"), 0)
	account.uses.append(replace(account.uses[0], quantity=D(-5), is_billed=False))
	made = account.bill(day("2026-04-01"))[0]
	assert [line for line in shown(made.draft.lines) if "2026-01" in line] == [
		"calls 2026-01-01..2026-01-31 -5 -5.00",
		"commit 2026-01-01..2026-01-31 1 5.00",
	]


def test_late_free_usage_brings_no_line_of_a_minimum_that_was_corrected_before() -> None:
	account = Account(
		order("2026-01-01", usage(Graduated((tier("40", "1"), tier(None, "0")))), minimum("50"))
	)
	account.bill(day("2026-02-01"))
	account.use(day("2026-01-05"), 40)
	account.bill(day("2026-03-01"))
	account.use(day("2026-01-06"), 7)
	made = account.bill(day("2026-04-01"))[0]
	assert [line for line in shown(made.draft.lines) if "2026-01" in line] == [
		"calls 2026-01-01..2026-01-31 7 0.00"
	]


def test_late_usage_is_rated_under_the_plan_of_its_day() -> None:
	account = Account(order("2026-03-01", usage("1.00")))
	account.change(day("2026-03-11"), usage("2.00"))
	account.use(day("2026-03-15"), 5)
	account.bill(day("2026-04-01"))
	account.use(day("2026-03-10"), 3)
	account.use(day("2026-03-11"), 4)
	made = account.bill(day("2026-05-01"))[0]
	assert shown(made.draft.lines) == [
		"calls 2026-03-01..2026-03-10 3 3.00",
		"calls 2026-03-11..2026-03-31 4 8.00",
	]


uses = st.lists(st.tuples(st.integers(0, 58), st.integers(1, 99), st.booleans()), max_size=9)


@given(uses, st.booleans(), st.sampled_from(["0", "1000", "3333.5"]))
def test_late_usage_comes_to_the_same_as_usage_in_time(
	found: list[tuple[int, int, bool]], changes: bool, committed: str
) -> None:
	on_time, late = (Account(order("2026-01-01", usage(TIERS), minimum(committed))) for _ in range(2))
	for account in (on_time, late):
		if changes:
			account.change(day("2026-02-11"), usage("7.77"), minimum("5"))
	for after, quantity, is_late in found:
		on_time.use(day("2026-01-01") + timedelta(days=after), quantity)
		if not is_late:
			late.use(day("2026-01-01") + timedelta(days=after), quantity)
	late.bill(day("2026-03-01"))
	for after, quantity, is_late in found:
		if is_late:
			late.use(day("2026-01-01") + timedelta(days=after), quantity)
	for account in (on_time, late):
		account.bill(day("2026-04-01"))
	assert by_charge(late.lines) == by_charge(on_time.lines)


def by_charge(lines: list[InvoiceLine]) -> dict[Any, Decimal]:
	sums: dict[Any, Decimal] = {}
	for line in lines:
		sums[line.charge, line.period] = sums.get((line.charge, line.period), ZERO) + line.amount
	return {key: amount for key, amount in sums.items() if amount and key[0] != "carry_forward"}


# The wallet on invoices


def hooli(rollover: Rollover) -> Account:
	line = {"rollover": rollover}
	return Account(order("2026-01-01", platform("80.00", credits="100"), usage("0.00025"), line=line))


@pytest.mark.parametrize(
	("rollover", "march", "left"),
	[(Rollover(D(30)), "100.00", "0"), (Rollover(D(0)), "130.00", "0"), (Rollover(None), "80.00", "0")],
)
def test_wallet_case_with_each_rollover(rollover: Rollover, march: str, left: str) -> None:
	"""cases/wallet-rollover.yaml, and the same without a cap and without rollover."""
	account = hooli(rollover)
	account.bill(day("2026-01-01"))
	account.pay()
	account.use(day("2026-01-15"), 200000)
	account.bill(day("2026-02-01"))
	account.pay()
	account.use(day("2026-02-15"), 600000)
	third = account.bill(day("2026-03-01"))[0]
	assert third.draft.total == D(march)
	assert (account.balance.available, account.balance.pending) == (D(left), 100)


def test_prorated_credits_of_the_first_case_are_drawn_before_tax() -> None:
	"""cases/acme-support-agent.yaml."""
	tiers = Graduated((tier("100", "1.00"), tier("1000", "0.80", "5.00"), tier(None, "0.50")))
	charges = (platform("99.00", credits="50"), seats("10.00"), usage(tiers, included="10"))
	account = Account(order("2026-01-15", *charges, first={"seats": 5}), taxes=(VAT,))
	account.bill(day("2026-01-15"))
	account.pay()
	account.use(day("2026-01-20"), 140)
	account.bill(day("2026-02-01"))
	account.pay()
	account.bill(day("2026-03-01"))
	assert totals(account.billings) == ["98.05", "300.70", "178.80"]
	assert [str(line.amount) for line in account.lines_of("credits")] == ["-27.42"]
	assert (account.balance.available, account.balance.pending) == (0, 50)


def test_unpaid_credits_pay_nothing_and_live_until_the_next_period_is_billed() -> None:
	account = hooli(Rollover(D(0)))
	account.use(day("2026-01-15"), 40000)
	account.bill(day("2026-02-01"))
	assert account.lines_of("credits") == []
	account.pay()
	account.use(day("2026-02-15"), 40000)
	account.bill(day("2026-03-01"))
	assert [str(line.amount) for line in account.lines_of("credits")] == ["-10.00"]
	assert account.balance.available == 0


def test_usage_and_minimums_draw_credits_and_fees_do_not() -> None:
	account = Account(order("2026-01-01", platform("80"), usage("1.00"), minimum("20")))
	top_up(account, "100")
	account.use(day("2026-01-05"), 5)
	made = account.bill(day("2026-02-01"))[-1]
	assert shown(made.draft.lines)[-1] == "credits -20.00"
	assert account.balance.available == 80


def test_credits_never_turn_into_a_carried_rest() -> None:
	account = Account(order("2026-01-01", usage("1.00")))
	top_up(account, "100")
	account.bill(day("2026-01-01"))
	account.use(day("2026-01-05"), 50)
	account.pending.append(one_off("-35.00"))
	made = account.bill(day("2026-02-01"))[0]
	assert (sum_of(made.draft.lines), made.draft.carried) == (0, 0)
	assert account.balance.available == 85


def test_bought_credits_expire_by_their_own_date_after_paying_for_its_period() -> None:
	account = Account(order("2026-01-01", usage("1.00")))
	top_up(account, "10", day("2026-01-20"))
	top_up(account, "10", day("2026-02-20"))
	account.use(day("2026-01-25"), 4)
	account.bill(day("2026-02-01"))
	assert [lot.available for lot in account.lots] == [0, 10]
	assert [entry.kind for entry in account.entries] == [EntryKind.DRAW, EntryKind.EXPIRE]


@pytest.mark.parametrize("last_day", ["2026-01-31", "2026-01-10"])
def test_unused_granted_credits_without_rollover_expire_with_the_closing_invoice(last_day: str) -> None:
	account = hooli(Rollover(D(0)))
	account.bill(day("2026-01-01"))
	account.pay()
	account.use(day("2026-01-05"), 40000)
	account.end(day(last_day))
	account.bill(day(last_day) + timedelta(days=1))
	assert account.balance.available == 0
	assert sum_of(account.lines_of("credits")) == -10


def test_catching_up_grants_and_rolls_over_for_each_period() -> None:
	"""F25: no period's credits are lost, none is granted twice."""
	account = hooli(Rollover(None))
	account.bill(day("2026-04-01"))
	assert [lot.period_end for lot in account.lots] == [
		day("2026-02-01"), day("2026-03-01"), day("2026-04-01"), day("2026-05-01"),
	]  # fmt: skip
	account.pay()
	assert account.balance.available == 400


# Laws

intervals = st.sampled_from([MONTH, QUARTER, WEEK])
currencies = st.sampled_from([JPY, USD, KWD])
discounts = st.sampled_from(
	[None, Discount(D("33.3")), Discount(amount=D("12.345"), periods=3), Discount(D(100))]
)
one_offs = st.lists(st.tuples(st.integers(0, 300), st.integers(-300, 300)), max_size=5)
some_uses = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 400)), max_size=12)


def contract(interval: Interval, currency: Any, discount: Discount | None, rollover: Rollover) -> Account:
	charges = (
		platform("99.99", credits="33.333"),
		seats("7.77"),
		usage(Graduated((tier("100", "0.333"), tier(None, "0.1")))),
	)
	terms = order(
		"2026-01-15",
		*charges,
		minimum("21.5"),
		interval=interval,
		currency=currency,
		discount=discount,
		line={"rollover": rollover},
		first={"seats": 3},
	)
	return Account(terms, taxes=(Tax("VAT", D("19")), Tax("City", D("1.55"))))


rollovers = st.sampled_from([Rollover(D(0)), Rollover(D(7)), Rollover(None)])


@given(intervals, currencies, discounts, rollovers, some_uses, one_offs, st.booleans())
def test_every_invoice_adds_up_and_draws_no_more_than_there_is(  # noqa: PLR0913
	interval: Interval,
	currency: Any,
	discount: Discount | None,
	rollover: Rollover,
	found: list[tuple[int, int]],
	extras: list[tuple[int, int]],
	pays: bool,
) -> None:
	"""F20, F26: lines - discount + taxes = total >= 0, exactly; the wallet never goes below zero."""
	account = contract(interval, currency, discount, rollover)
	for after, quantity in found:
		account.use(account.terms.start + timedelta(days=after), quantity)
	today = account.terms.start
	for after, amount in [*sorted(extras), (300, 0)]:
		today = max(today, account.terms.start + timedelta(days=after))
		account.bill(today)
		if pays:
			account.pay()
		account.pending.append(one_off(str(amount)))
	account.end(today)
	account.bill(today + timedelta(days=1))
	carried = ZERO
	for billing in account.billings:
		draft = billing.draft
		assert sum_of(draft.lines) == draft.subtotal
		assert draft.subtotal - draft.discount + draft.tax == draft.total >= 0
		back = sum_of(line for line in draft.lines if line.type is LineType.CARRY_FORWARD and line.amount < 0)
		assert back == -carried
		carried = draft.carried
	assert account.billings[-1].credit_note == carried
	assert all(lot.available >= 0 and lot.pending >= 0 for lot in account.lots)
	drawn = -sum_of(account.lines_of("credits"))
	assert drawn == -sum(entry.available for entry in account.entries if entry.kind is EntryKind.DRAW)


@given(intervals, currencies, discounts, some_uses, st.integers(1, 300), st.integers(1, 31))
def test_backlog_gives_the_invoices_that_daily_runs_would_have_given(
	interval: Interval,
	currency: Any,
	discount: Discount | None,
	found: list[tuple[int, int]],
	days: int,
	step: int,
) -> None:
	"""F1: one run after the downtime, runs now and then, or every day: the same invoices, once each."""
	made = []
	for every in (1, step, days):
		account = contract(interval, currency, discount, Rollover(D(7)))
		top_up(account, "50", day("2026-06-01"))
		for after, quantity in found:
			account.use(account.terms.start + timedelta(days=after), quantity)
		for after in [*range(0, days, every), days]:
			account.bill(account.terms.start + timedelta(days=after))
		made.append((account.billings, account.entries, account.position))
	assert made[0] == made[1] == made[2]


@given(some_uses, st.integers(0, 200))
def test_billing_the_same_step_again_gives_the_same_invoice(found: list[tuple[int, int]], days: int) -> None:
	"""F6: after a crash nothing but the store's unique key is needed."""
	account = contract(MONTH, USD, None, Rollover(D(7)))
	account.bill(account.terms.start + timedelta(days=days))
	step = step_after(account.terms, account.position)
	assert step is not None
	facts = Facts(lots=tuple(account.lots), taxes=account.taxes)
	once, again = (bill_step(account.terms, account.position, step, facts) for _ in range(2))
	assert once == again
	following = step_after(account.terms, once.position)
	assert following is not None and following.date > step.date
