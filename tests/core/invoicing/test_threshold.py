from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.invoicing import (
	Billing,
	BillingStep,
	Discount,
	Facts,
	InvoiceLine,
	LineType,
	OrderPosition,
	StepKind,
	Tax,
	bill_threshold,
	billed_beforehand,
	period_to_bill,
	threshold_step,
	unbilled_cost,
)
from paygent_billing.core.money import ZERO
from paygent_billing.core.pricing import Flat, Graduated, Package, Percentage, Volume
from paygent_billing.core.wallet import Lot, LotSource

from ..account import Account, Use
from ..build import day, minimum, order, period, platform, shown, tier, usage

D = Decimal
TIERS = Graduated((tier("100", "1.00"), tier(None, "0.50")))


def account(*charges: Any, threshold: str = "50", **fields: Any) -> Account:
	made = Account(order("2026-01-01", *charges, threshold=D(threshold), **fields))
	made.bill(day("2026-01-01"))
	return made


def use(made: Account, on: str, quantity: int | str) -> Billing | None:
	"""The usage arrives on its own day, and the threshold is looked at."""
	made.use(day(on), quantity)
	return made.check_threshold(day(on))


def test_usage_is_invoiced_as_soon_as_it_costs_the_threshold_and_tiers_continue() -> None:
	made = account(usage(TIERS))
	assert use(made, "2026-01-05", "49.99") is None
	first = use(made, "2026-01-06", "0.01")
	assert use(made, "2026-01-07", 49) is None
	second = use(made, "2026-01-08", 31)
	assert use(made, "2026-01-09", 10) is None
	closing = made.bill(day("2026-02-01"))[0]
	assert first and second
	assert [shown(one.draft.lines) for one in (first, second, closing)] == [
		["calls 2026-01-01..2026-01-31 50.00 50.00"],
		["calls 2026-01-01..2026-01-31 80.00 65.00"],
		["calls 2026-01-01..2026-01-31 10.00 5.00"],
	]
	assert second.draft.lines[0].explain == "100 x 1.00 + 30 x 0.50 - 50.00 billed before"


def test_included_units_are_free_once_in_a_period() -> None:
	made = account(usage("1.00", included="10"))
	assert use(made, "2026-01-05", 59) is None
	assert use(made, "2026-01-06", 1)
	assert use(made, "2026-01-07", 50)
	use(made, "2026-01-08", 7)
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 50.00",
		"calls 2026-01-01..2026-01-31 50 50.00",
		"calls 2026-01-01..2026-01-31 7 7.00",
	]


def test_minimum_is_compared_with_the_whole_usage_of_the_period() -> None:
	made = account(usage("1.00"), minimum("80"))
	use(made, "2026-01-05", 60)
	use(made, "2026-01-06", 5)
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 60.00",
		"calls 2026-01-01..2026-01-31 5 5.00",
		"commit 2026-01-01..2026-01-31 1 15.00",
	]


def test_period_whose_usage_is_all_invoiced_adds_no_usage_line() -> None:
	made = account(usage("1.00"), platform("7"))
	use(made, "2026-01-05", 60)
	closing = made.bill(day("2026-02-01"))[0]
	assert shown(closing.draft.lines) == ["platform 2026-02-01..2026-02-28 1 7.00"]


def test_next_period_starts_anew() -> None:
	made = account(usage(TIERS))
	use(made, "2026-01-05", 120)
	made.bill(day("2026-02-01"))
	assert use(made, "2026-02-05", 49) is None
	assert use(made, "2026-02-06", 1)
	made.bill(day("2026-03-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 120 110.00",
		"calls 2026-02-01..2026-02-28 50 50.00",
	]


def test_all_usage_charges_of_the_order_count_together_and_each_has_its_line() -> None:
	made = account(usage("1.00"), usage("0.50", charge="tokens"))
	assert use(made, "2026-01-05", 33) is None
	made_now = use(made, "2026-01-06", 1)
	assert made_now
	assert shown(made_now.draft.lines) == [
		"calls 2026-01-01..2026-01-31 34 34.00",
		"tokens 2026-01-01..2026-01-31 34 17.00",
	]


def test_it_draws_credits_bears_tax_and_leaves_pending_charges_for_the_billing_date() -> None:
	made = account(usage("1.00"), platform("0"))
	made.taxes = (Tax("VAT", D(20)),)
	made.lots.append(Lot("lot-1", 1, LotSource.BOUGHT, D("20.00")))
	made.pending.append(InvoiceLine(LineType.ONE_OFF, "one_off", D(3), "one-off"))
	billing = use(made, "2026-01-05", 60)
	assert billing
	assert shown(billing.draft.lines) == ["calls 2026-01-01..2026-01-31 60 60.00", "credits -20.00"]
	assert (billing.draft.total, billing.is_issued) == (D("48.00"), True)
	assert [line.charge for line in made.pending] == ["one_off"]
	assert made.balance.available == 0


@pytest.mark.parametrize(
	("discount", "expected"),
	[(Discount(D(10)), "54.00"), (Discount(amount=D(5)), "60.00"), (Discount(D(10), periods=1), "60.00")],
)
def test_it_bears_a_percent_of_discount_but_not_the_amount_of_a_period(
	discount: Discount, expected: str
) -> None:
	billing = use(account(usage("1.00"), discount=discount), "2026-01-05", 60)
	assert billing and billing.draft.total == D(expected)


def test_position_stays_where_it_is_and_counts() -> None:
	made = account(usage("1.00"))
	before = made.position
	use(made, "2026-01-05", 60)
	assert made.position == OrderPosition(before.billed_on, before.paid_until, before.steps, thresholds=1,
		has_setup=before.has_setup)  # fmt: skip


def test_usage_before_the_first_billing_run_counts_too() -> None:
	made = Account(order("2026-01-01", usage("1.00"), platform("7"), threshold=D(50)))
	assert use(made, "2026-01-05", 60)
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 60.00",
		"platform 2026-01-01..2026-01-31 1 7.00",
		"platform 2026-02-01..2026-02-28 1 7.00",
	]


def test_period_that_waits_for_its_invoice_is_not_the_running_one() -> None:
	"""As in grace or a backlog: its usage is about to be invoiced anyway."""
	made = account(usage("1.00"))
	made.use(day("2026-01-31"), 60)
	made.use(day("2026-02-02"), 30)
	assert made.check_threshold(day("2026-02-02")) is None
	made.use(day("2026-02-03"), 20)
	assert made.check_threshold(day("2026-02-03"))
	assert shown(made.bill(day("2026-03-01"))[0].draft.lines) == ["calls 2026-01-01..2026-01-31 60 60.00"]
	assert shown(made.lines) == [
		"calls 2026-02-01..2026-02-28 50 50.00",
		"calls 2026-01-01..2026-01-31 60 60.00",
	]


def test_without_threshold_service_or_order_there_is_no_step() -> None:
	none = Account(order("2026-01-01", usage("1.00")))
	assert threshold_step(none.terms, none.position, day("2026-01-05")) is None
	made = account(usage("1.00"))
	assert threshold_step(made.terms, made.position, day("2025-12-31")) is None
	made.pause(day("2026-01-10"))
	assert threshold_step(made.terms, made.position, day("2026-01-10")) is None
	made.end(day("2026-01-20"))
	made.bill(day("2026-01-21"))
	assert threshold_step(made.terms, made.position, day("2026-01-05")) is None


def test_plan_change_cuts_a_stretch_that_was_billed_up_to_its_expected_end() -> None:
	made = account(usage("1.00"))
	use(made, "2026-01-05", 60)
	use(made, "2026-01-06", 10)
	made.change(day("2026-01-11"), usage("2.00"))
	use(made, "2026-01-12", 20)
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 60.00",
		"calls 2026-01-01..2026-01-10 10 10.00",
		"calls 2026-01-11..2026-01-31 20 40.00",
	]


def test_usage_of_the_day_of_a_plan_change_moves_to_the_new_price() -> None:
	made = account(usage("1.00"))
	use(made, "2026-01-11", 60)
	made.change(day("2026-01-11"), usage("2.00"))
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 60.00",
		"calls 2026-01-11..2026-01-31 60 120.00",
		"calls 2026-01-01..2026-01-31 -60 -60.00",
	]


def test_usage_of_the_day_of_a_pause_is_given_back_with_the_next_invoice() -> None:
	made = account(usage("1.00"), platform("31"), credits_paused_days=False)
	use(made, "2026-01-05", 50)
	use(made, "2026-01-11", 70)
	made.pause(day("2026-01-11"))
	made.resume(day("2026-01-22"))
	made.bill(day("2026-01-22"))
	assert shown(made.billings[-1].draft.lines) == [
		"calls 2026-01-01..2026-01-10 -70 -70.00",
		"platform 2026-01-22..2026-01-31 1 10.00",
		"carry_forward 60.00",
	]


def test_service_that_never_was_is_given_back_although_no_arrears_are_left() -> None:
	made = account(usage("1.00"))
	made.bill(day("2026-02-01"))
	use(made, "2026-02-01", 60)
	made.pause(day("2026-02-01"))
	made.end(day("2026-03-20"))
	closing = made.bill(day("2026-03-21"))[0]
	assert shown(closing.draft.lines) == ["calls 2026-02-01..2026-02-28 -60 -60.00", "carry_forward 60.00"]
	assert closing.credit_note == 60


def test_late_usage_of_a_period_with_threshold_invoices_is_the_difference_to_all_of_them() -> None:
	made = account(usage(TIERS))
	use(made, "2026-01-05", 60)
	made.change(day("2026-01-21"), usage("2.00"))
	made.use(day("2026-01-06"), 5)
	made.bill(day("2026-02-01"))
	made.use(day("2026-01-07"), 45)
	made.use(day("2026-01-25"), 3)
	assert shown(made.bill(day("2026-03-01"))[0].draft.lines) == [
		"calls 2026-01-01..2026-01-20 45 40.00",
		"calls 2026-01-21..2026-01-31 3 6.00",
	]


def test_usage_corrected_below_what_is_billed_is_given_back_at_the_periods_end() -> None:
	made = account(usage("1.00"), minimum("30"))
	use(made, "2026-01-05", 60)
	made.uses.append(Use(day("2026-01-05"), D(-40)))
	assert made.check_threshold(day("2026-01-06")) is None
	made.bill(day("2026-02-01"))
	assert shown(made.lines) == [
		"calls 2026-01-01..2026-01-31 60 60.00",
		"calls 2026-01-01..2026-01-31 -40 -40.00",
		"commit 2026-01-01..2026-01-31 1 10.00",
		"carry_forward 30.00",
	]


def test_unbilled_cost_is_rated_in_full_less_what_is_billed() -> None:
	made = account(usage(TIERS))
	use(made, "2026-01-05", 100)
	step = threshold_step(made.terms, made.position, day("2026-01-06"))
	assert step == BillingStep(
		day("2026-01-06"), StepKind.THRESHOLD, period("2026-01-01", "2026-02-01"), None
	)
	needed = {span: D(130) for span in made._claim(period("2026-01-01", "2026-02-01"))}
	held = made._billed(billed_beforehand(made.position, step))
	assert unbilled_cost(made.terms, step, Facts(quantities=needed, billed=held)) == 15


def test_threshold_without_a_running_period_is_refused() -> None:
	made = account(usage("1.00"))
	step = BillingStep(day("2026-01-05"), StepKind.THRESHOLD, None, None)
	with pytest.raises(ValueError, match="A threshold bills the usage of a running period"):
		bill_threshold(made.terms, made.position, step, Facts())


@pytest.mark.parametrize("threshold", ["0", "-1"])
def test_a_threshold_is_above_0(threshold: str) -> None:
	with pytest.raises(ValueError, match=f"Order ORD-1: a threshold of {threshold} is not above 0"):
		order("2026-01-01", usage("1"), threshold=D(threshold))


def test_lines_billed_beforehand_begin_after_the_last_billing_date() -> None:
	step = BillingStep(day("2026-03-01"), StepKind.CYCLE, period("2026-02-01", "2026-03-01"), None)
	never = OrderPosition(billed_on=day("2026-02-01"))
	once = OrderPosition(billed_on=day("2026-02-01"), thresholds=1)
	running = BillingStep(day("2026-03-05"), StepKind.THRESHOLD, period("2026-03-01", "2026-04-01"), None)
	assert billed_beforehand(never, step) is None
	assert billed_beforehand(once, step) == period("2026-02-01", "2026-03-01")
	assert billed_beforehand(once, running) == period("2026-03-01", "2026-04-01")
	assert billed_beforehand(OrderPosition(thresholds=1), step).start == date.min  # type: ignore[union-attr]


@pytest.mark.parametrize(
	("on", "expected"),
	[
		("2025-12-31", None),
		("2026-01-01", ("2026-01-01", "2026-02-01")),
		("2026-02-28", ("2026-02-01", "2026-03-01")),
		("2026-03-10", ("2026-03-01", "2026-03-11")),
		("2026-03-11", None),
		("2026-04-15", None),
		("2026-04-16", ("2026-04-16", "2026-05-01")),
		("2026-05-20", ("2026-05-01", "2026-05-21")),
		("2026-05-21", None),
	],
)
def test_each_day_of_service_has_the_period_with_which_it_is_billed(
	on: str, expected: tuple[str, str] | None
) -> None:
	made = Account(order("2026-01-01", usage("1")))
	made.pause(day("2026-03-11"))
	made.resume(day("2026-04-16"))
	made.end(day("2026-05-20"))
	found = period_to_bill(made.terms, OrderPosition(), day(on))
	assert found == (period(*expected) if expected else None)


# Law: a threshold changes when usage is invoiced, never what it comes to

MODELS = [
	TIERS,
	Volume((tier("60", "1.00"), tier(None, "0.70"))),
	Package(D(30), D("9.99")),
	Percentage(D(150), D(3), D(90)),
	Flat(D(12)),
]
acts = st.tuples(
	st.integers(0, 9),
	st.sampled_from(["use", "use", "use", "use", "earlier", "change", "minimum", "pause", "resume", "bill"]),
	st.integers(1, 120),
)


@given(
	st.lists(acts, max_size=25),
	st.sampled_from(MODELS),
	st.sampled_from(["0.01", "20", "75.5", "1000"]),
	st.booleans(),
)
def test_usage_comes_to_the_same_with_and_without_a_threshold(
	happenings: list[tuple[int, str, int]], model: Any, threshold: str, is_daily: bool
) -> None:
	start = date(2026, 1, 20)
	plain = Account(order(start, usage(model), minimum("50"), platform("3")))
	early = Account(order(start, usage(model), minimum("50"), platform("3"), threshold=D(threshold)))
	today = start
	for days, what, number in happenings:
		for _ in range(days):
			today += timedelta(days=1)
			for one in (plain, early):
				if is_daily:
					one.bill(today)
		for one in (plain, early):
			_happen(one, today, what, number, model)
	for one in (plain, early):
		one.end(today)
		one.bill(today + timedelta(days=1))
	assert _sums(early) == _sums(plain)
	owed = [sum(b.draft.total - b.credit_note for b in one.billings) for one in (plain, early)]
	assert owed[0] == owed[1]


def _happen(one: Account, today: date, what: str, number: int, model: Any) -> None:
	last = one.terms.pauses[-1] if one.terms.pauses else None
	is_paused = last is not None and last.end is None
	match what:
		case "use":
			one.use(today, number)
		case "earlier":
			one.use(max(one.terms.start, today - timedelta(days=number % 40)), number)
		case "change" if not is_paused:
			one.change(today, usage(MODELS[number % len(MODELS)]), minimum("50"), platform("3"))
		case "minimum" if not is_paused:
			one.change(today, *(c for c in one.terms.lines[0].versions[-1].charges if c.id != "commit"),
				minimum(str(number)))  # fmt: skip
		case "pause" if not is_paused and today > one.terms.start:
			one.pause(today)
		case "resume" if is_paused and last and last.start != today:
			one.resume(today)
		case "bill":
			one.bill(today)
	if what in ("use", "earlier"):
		one.check_threshold(today)


def _sums(one: Account) -> dict[Any, tuple[Decimal, Decimal]]:
	sums: dict[Any, tuple[Decimal, Decimal]] = {}
	for line in one.lines:
		if line.charge in ("calls", "commit") and line.period:
			key = line.charge, line.period.start
			amount, quantity = sums.get(key, (ZERO, ZERO))
			used = line.quantity if line.charge == "calls" else ZERO
			sums[key] = amount + line.amount, quantity + used
	return {key: both for key, both in sums.items() if any(both)}
