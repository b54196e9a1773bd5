"""What broke in other billing systems (failures.md), as scenarios."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from paygent_billing.scenarios import Source
from paygent_billing.simulator.engine import Figures, Watcher
from paygent_billing.simulator.session import simulate

from .build import CALLS, FEE, activate, bill, end, lines, pause, result, scenario, use


def test_f1_missed_days_are_billed_once_each_oldest_first_on_their_own_dates():
	outcome = result(
		scenario(
			activate("2026-01-31T08:00:00"),
			bill("2026-01-31T09:00:00"),
			bill("2026-05-15T09:00:00"),
			bill("2026-05-16T09:00:00"),
			bill("2026-05-31T09:00:00"),
			order="start: 2026-01-31, billing_day: 31",
		)
	)

	assert lines(outcome) == [
		(1, "fee", "2026-01-31", "2026-02-27", "1", "31.00"),
		(2, "fee", "2026-02-28", "2026-03-30", "1", "31.00"),
		(3, "fee", "2026-03-31", "2026-04-29", "1", "31.00"),
		(4, "fee", "2026-04-30", "2026-05-30", "1", "31.00"),
		(5, "fee", "2026-05-31", "2026-06-29", "1", "31.00"),
	]
	assert [invoice["issue_date"] for invoice in outcome["invoices"]] == [
		"2026-01-31",
		"2026-05-15",
		"2026-05-15",
		"2026-05-15",
		"2026-05-31",
	]


def test_f2_a_run_bills_what_is_due_and_not_only_what_is_dated_today():
	outcome = result(scenario(activate("2026-01-01T08:00:00"), bill("2026-01-09T09:00:00")))

	assert lines(outcome) == [(1, "fee", "2026-01-01", "2026-01-31", "1", "31.00")]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
@pytest.mark.parametrize(
	"interval", ["interval: month", "interval: month, interval_count: 3", "interval: year"]
)
@pytest.mark.parametrize("timing", ["advance", "arrears"])
def test_f3_f4_periods_over_four_years_leave_no_gap_and_do_not_overlap(day, interval, timing):
	fee = FEE.replace("price", f"timing: {timing}, price")
	outcome = result(
		scenario(
			activate("2027-12-01T08:00:00"),
			bill("2027-12-01T09:00:00"),
			bill("2031-12-31T09:00:00"),
			charges=fee,
			order=f"start: 2027-12-{day}, billing_day: {day}, {interval}",
		)
	)

	periods = [(start, end) for _, _, start, end, _, _ in lines(outcome)]
	assert periods[0][0] == f"2027-12-{day}"
	assert all(_next_day(before[1]) == after[0] for before, after in pairwise(periods))
	assert len(periods) == {"month": 48, "year": 4}[interval.split()[1].strip(",")] // (
		3 if "count" in interval else 1
	) + (timing == "advance")


def _next_day(day):
	return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def test_f4_a_line_added_on_the_last_day_of_a_short_month_is_billed_on():
	outcome = result(
		scenario(
			activate("2026-01-31T08:00:00"),
			bill("2026-01-31T09:00:00"),
			"at: 2026-02-27T09:00:00, do: add_line, order: ORD-1, line: L2, agent: Guard",
			bill("2026-02-28T09:00:00"),
			bill("2026-03-31T09:00:00"),
			order="start: 2026-01-31, billing_day: 31",
		)
	)

	assert [line[0:4] for line in lines(outcome)] == [
		(1, "fee", "2026-01-31", "2026-02-27"),
		(2, "fee", "2026-02-27", "2026-02-27"),
		(2, "fee", "2026-02-28", "2026-03-30"),
		(2, "fee", "2026-02-28", "2026-03-30"),
		(3, "fee", "2026-03-31", "2026-04-29"),
		(3, "fee", "2026-03-31", "2026-04-29"),
	]
	assert lines(outcome)[1][5] == "1.11"


def test_f5_the_billing_day_comes_back_after_a_short_month():
	events = activate("2026-01-31T08:00:00"), bill("2026-01-31T09:00:00", "2026-03-31")
	outcome = result(scenario(*events, order="start: 2026-01-31, billing_day: 31"))

	assert [invoice["issue_date"] for invoice in outcome["invoices"]] == [
		"2026-01-31",
		"2026-02-28",
		"2026-03-31",
	]


def test_f6_the_job_run_a_hundred_times_issues_one_invoice():
	ticks = [
		bill(f"2026-01-01T{hour:02}:{minute:02}:00") for hour in range(9, 19) for minute in range(0, 60, 6)
	]
	outcome = result(scenario(activate("2026-01-01T08:00:00"), *ticks))

	assert len(ticks) == 100
	assert [invoice["number"] for invoice in outcome["invoices"]] == [1]


def test_f7_an_invoice_issued_long_after_its_period_does_not_hide_the_next_one():
	outcome = result(
		scenario(activate("2026-01-01T08:00:00"), bill("2026-02-27T09:00:00"), bill("2026-03-01T09:00:00"))
	)

	assert [(invoice["issue_date"], invoice["lines"][0]["from"]) for invoice in outcome["invoices"]] == [
		("2026-02-27", "2026-01-01"),
		("2026-02-27", "2026-02-01"),
		("2026-03-01", "2026-03-01"),
	]


@pytest.mark.parametrize(
	"zone",
	[
		"Pacific/Pago_Pago",
		"America/New_York",
		"UTC",
		"Asia/Kolkata",
		"Pacific/Auckland",
		"Pacific/Kiritimati",
	],
)
def test_f8_an_order_billed_at_every_hour_is_billed_once_when_its_own_date_comes(zone):
	hours = [bill(f"2026-01-{day}T{hour:02}:30:00Z") for day in (30, 31) for hour in range(24)]
	hours += [bill(f"2026-02-{day}T{hour:02}:30:00Z") for day in ("01", "02") for hour in range(24)]
	outcome = result(scenario(activate("2026-01-01T08:00:00"), *hours, timezone=zone))

	assert [(invoice["issue_date"], invoice["lines"][0]["from"]) for invoice in outcome["invoices"]] == [
		(outcome["invoices"][0]["issue_date"], "2026-01-01"),
		("2026-02-01", "2026-02-01"),
	]


@pytest.mark.parametrize(
	("zone", "day", "next_day"),
	[
		("Europe/Berlin", "2026-03-29", "2026-03-30"),
		("Europe/Berlin", "2026-10-25", "2026-10-26"),
		("America/New_York", "2026-03-08", "2026-03-09"),
		("America/Santiago", "2026-09-06", "2026-09-07"),
		("Australia/Lord_Howe", "2026-04-05", "2026-04-06"),
	],
)
def test_f9_usage_at_both_ends_of_a_day_of_a_clock_change_is_counted_once(zone, day, next_day):
	outcome = result(
		scenario(
			activate(f"{day}T00:00:00"),
			use(f"{day}T00:00:00", "u-1"),
			use(f"{day}T23:59:59", "u-2", "10"),
			use(f"{next_day}T00:00:00", "u-3", "100"),
			bill(f"{next_day}T02:00:00"),
			order=f"start: {day}, interval: day",
			charges=CALLS,
			timezone=zone,
		)
	)

	assert lines(outcome) == [(1, "calls", day, day, "11", "11.00")]
	assert outcome["unbilled"] == [{"id": "u-3", "reason": "period not ended"}]


def test_f12_a_voided_period_is_not_billed_again():
	outcome = result(
		scenario(
			activate("2026-01-01T08:00:00"),
			bill("2026-01-01T09:00:00"),
			"at: 2026-01-02T09:00:00, do: void, invoice: 1",
			bill("2026-01-03T09:00:00"),
			bill("2026-02-01T09:00:00"),
		)
	)

	assert [(invoice["status"], invoice["due"]) for invoice in outcome["invoices"]] == [
		("void", "0.00"),
		("open", "31.00"),
	]
	assert lines(outcome)[1][2] == "2026-02-01"


@pytest.mark.parametrize("billed_on", ["2026-01-20", "2026-01-31", "2026-02-28"])
def test_f13_proration_depends_on_the_days_of_service_and_not_on_the_day_of_the_run(billed_on):
	outcome = result(
		scenario(
			activate("2026-01-20T08:00:00"),
			bill(f"{billed_on}T09:00:00"),
			order="start: 2026-01-20, billing_day: 1",
		)
	)

	assert lines(outcome)[0] == (1, "fee", "2026-01-20", "2026-01-31", "1", "12.00")


def test_f25_catching_up_grants_the_credits_of_every_missed_period():
	fee = FEE.replace("price", 'credits: "5", price')
	outcome = result(
		scenario(
			activate("2026-01-01T08:00:00"), bill("2026-03-01T09:00:00"), charges=fee, line=", rollover: all"
		)
	)

	assert outcome["wallets"] == [
		{"customer": "Acme", "currency": "USD", "available": "0.00", "pending": "15.00"}
	]


@pytest.mark.parametrize(
	("currency", "price", "amounts", "total"),
	[
		("JPY", "1000", ["323", "323", "323"], "969"),
		("KWD", "1.000", ["0.323", "0.323", "0.323"], "0.969"),
		("USD", "1.00", ["0.32", "0.32", "0.32"], "0.96"),
	],
)
def test_f26_the_lines_add_up_to_the_total_in_every_currency(currency, price, amounts, total):
	charges = ", ".join(
		f'{{id: fee{number}, type: platform_fee, model: flat, price: "{price}"}}' for number in range(3)
	)
	outcome = result(
		scenario(
			activate("2026-01-22T08:00:00"),
			bill("2026-01-22T09:00:00"),
			charges=charges,
			currency=currency,
			order="start: 2026-01-22, billing_day: 1",
		)
	)

	assert [line[5] for line in lines(outcome)] == amounts
	assert outcome["invoices"][0]["total"] == total


def test_f27_two_upgrades_never_credit_more_than_was_billed():
	outcome = result(
		scenario(
			activate("2026-01-01T08:00:00"),
			bill("2026-01-01T09:00:00"),
			"at: 2026-01-11T09:00:00, do: change_line, order: ORD-1, line: L1, seats: 5",
			"at: 2026-01-21T09:00:00, do: change_line, order: ORD-1, line: L1, seats: 9",
			bill("2026-02-01T09:00:00"),
			charges='{id: seats, type: seat_fee, model: per_unit, rate: "31.00"}',
		)
	)

	assert [line[1:] for line in lines(outcome) if line[0] == 2] == [
		("seats", "2026-01-11", "2026-01-31", "1", "-21.00"),
		("seats", "2026-01-11", "2026-01-31", "5", "105.00"),
		("seats", "2026-01-21", "2026-01-31", "5", "-55.00"),
		("seats", "2026-01-21", "2026-01-31", "9", "99.00"),
		("seats", "2026-02-01", "2026-02-28", "9", "279.00"),
	]


def test_f31_five_pauses_in_a_year_of_an_annual_plan_leave_disjoint_periods():
	days = ["02-10", "04-10", "06-10", "08-10", "10-10"]
	changes = []
	for day in days:
		month, number = day.split("-")
		changes += [pause(f"2026-{day}T08:00:00"), activate(f"2026-{month}-{int(number) + 5}T08:00:00")]
		changes += [bill(f"2026-{month}-{int(number) + 5}T09:00:00")]
	outcome = result(
		scenario(
			activate("2026-01-01T08:00:00"),
			bill("2026-01-01T09:00:00"),
			*changes,
			bill("2027-01-01T09:00:00"),
			order="start: 2026-01-01, billing_day: 1, interval: year, credit_paused_days: true",
			charges=FEE.replace("31.00", "365.00"),
		)
	)

	fees = [line for line in lines(outcome) if line[1] == "fee"]
	charged = [line for line in fees if not line[5].startswith("-")]
	credited = [line for line in fees if line[5].startswith("-")]
	assert [line[2] for line in charged] == [
		"2026-01-01",
		*(f"2026-{day[:3]}15" for day in days),
		"2027-01-01",
	]
	assert [line[2] for line in credited] == [f"2026-{day}" for day in days]
	assert sum(Decimal(line[5]) for line in fees if line[2] < "2027") == 365 - 5 * 5


@pytest.mark.parametrize("run", ["2026-03-15T00:10:00", "2026-03-16T00:10:00", "2026-03-20T00:10:00"])
def test_f32_usage_of_an_order_that_ends_is_billed_by_the_run_at_or_after_its_end(run):
	outcome = result(
		scenario(
			activate("2026-03-01T08:00:00"),
			bill("2026-03-01T09:00:00"),
			use("2026-03-02T09:00:00", "u-1", "7"),
			end("2026-03-15T00:01:00"),
			bill(run),
			bill("2026-04-01T09:00:00"),
			bill("2026-05-01T09:00:00"),
			charges=CALLS,
			order="start: 2026-03-01, billing_day: 1",
		)
	)

	assert lines(outcome) == [(1, "calls", "2026-03-01", "2026-03-15", "7", "7.00")]
	assert outcome["invoices"][0]["issue_date"] == max(run[:10], "2026-04-01" if "15T" in run else run[:10])


def test_f32_a_yearly_fee_and_monthly_usage_are_no_duplicates_of_each_other():
	text = scenario(
		activate("2026-01-01T08:00:00"),
		bill("2026-01-01T09:00:00"),
		use("2026-01-05T09:00:00", "u-1", "7"),
		use("2026-02-05T09:00:00", "u-2", "8"),
		bill("2026-03-01T09:00:00"),
	)
	plan = f"plans: [{{id: Year, agent: Guard, interval: year, charges: [{FEE}, {CALLS}]}}]\norders:"
	text = text.replace("orders:", plan, 1).replace("seats: 1", "seats: 1, plan: Year")

	assert lines(result(text)) == [
		(1, "fee", "2026-01-01", "2026-12-31", "1", "31.00"),
		(2, "calls", "2026-01-01", "2026-01-31", "7", "7.00"),
		(3, "calls", "2026-02-01", "2026-02-28", "8", "8.00"),
	]


@pytest.mark.parametrize(
	("start", "interval", "warned"),
	[
		(
			"2024-11-01",
			"month",
			"ORD-1 on 2026-01-01: the backlog reaches back to 2024-11-01, more than 400 days",
		),
		("2025-10-31", "day", "ORD-1 on 2026-01-01: the backlog holds more than 60 invoices"),
		("2025-11-03", "day", None),
	],
)
def test_f33_a_backlog_beyond_the_bounds_is_billed_with_a_warning(start, interval, warned):
	warnings = []
	outcome = result(
		scenario(
			activate("2026-01-01T08:00:00"),
			bill("2026-01-01T09:00:00"),
			order=f"start: {start}, billing_day: 1, interval: {interval}",
		),
		watcher=Watcher(warn=warnings.append),
	)

	assert [warning.split(";")[0] for warning in warnings] == ([warned] if warned else [])
	assert outcome["invoices"][0]["lines"][0]["from"] == start


def test_f35_the_figures_of_a_run_say_what_was_due_and_billed():
	text = scenario(activate("2026-01-01T08:00:00"), bill("2026-03-01T09:00:00"), bill("2026-03-01T10:00:00"))

	assert simulate(Source("f.yaml", text)).figures == Figures(due=3, billed=3, failed=0, waiting=0)
