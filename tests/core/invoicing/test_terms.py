from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from paygent_billing.core.invoicing import Charge, ChargeType, Discount, OrderLine, Pause, Timing
from paygent_billing.core.period import Interval, Unit
from paygent_billing.core.pricing import Flat, PerUnit, Price

from ..build import MONTH, QUARTER, WEEK, YEAR, day, order, platform, version

D = Decimal
PRICE = Price(Flat(D(1)))


@pytest.mark.parametrize(
	("make", "message"),
	[
		(
			lambda: Charge("x", ChargeType.USAGE, PRICE, Timing.ARREARS),
			"Charge x: a metric belongs to a usage charge",
		),
		(
			lambda: Charge("x", ChargeType.SEAT_FEE, PRICE, metric="m"),
			"Charge x: a metric belongs to a usage charge",
		),
		(
			lambda: Charge("x", ChargeType.SETUP_FEE, PRICE, Timing.ARREARS),
			"Charge x: a setup fee is billed in advance",
		),
		(lambda: Charge("x", ChargeType.USAGE, PRICE, metric="m"), "Charge x: usage is billed in arrears"),
		(lambda: Charge("x", ChargeType.MINIMUM, PRICE), "Charge x: minimum is billed in arrears"),
		(
			lambda: Charge("x", ChargeType.MINIMUM, Price(PerUnit(D(1))), Timing.ARREARS),
			"Charge x: a minimum is a flat price",
		),
		(
			lambda: platform("1", credits="-1"),
			"Charge platform: credits come with a fee and are not negative",
		),
		(lambda: version("2026-01-01", seats=-1), "A line cannot have -1 seats"),
		(
			lambda: version("2026-01-02", valid_until=date(2026, 1, 1)),
			"A line cannot end on 2026-01-01, before 2026-01-02",
		),
		(lambda: OrderLine("L1", "Agent", ()), "Line L1 has no prices"),
		(
			lambda: OrderLine("L1", "Agent", (version("2026-01-01"), version("2026-02-01"))),
			"Line L1: a version ends on None, the next begins on 2026-02-01",
		),
		(lambda: Discount(), "A discount is either a percent or an amount"),
		(lambda: Discount(D(1), D(1)), "A discount is either a percent or an amount"),
		(lambda: Discount(D(101)), "A discount of 101 percent is not between 0 and 100"),
		(lambda: Discount(amount=D(-1)), "A discount cannot be negative, as -1 is"),
		(lambda: Discount(D(1), periods=0), "A discount holds for at least 1 period, not 0"),
		(
			lambda: order("2026-01-02", end=date(2026, 1, 2)),
			"Order ORD-1 would end before it starts on 2026-01-02",
		),
		(
			lambda: Pause(date(2026, 1, 2), date(2026, 1, 1)),
			"A pause cannot end on 2026-01-01, before 2026-01-02",
		),
		(
			lambda: order("2026-01-01", pauses=(Pause(date(2026, 2, 1)), Pause(date(2026, 3, 1)))),
			"Order ORD-1: a pause begins on 2026-03-01 before the one from 2026-02-01 is over",
		),
	],
)
def test_contract_that_makes_no_sense_is_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
	with pytest.raises(ValueError) as refusal:
		make()
	assert message in str(refusal.value)


@pytest.mark.parametrize(
	("orders", "plans"),
	[(MONTH, WEEK), (QUARTER, MONTH), (QUARTER, Interval(Unit.MONTH, 4)), (YEAR, QUARTER), (WEEK, MONTH)],
)
def test_plan_with_another_interval_than_a_multiple_of_the_orders_is_refused(
	orders: Interval, plans: Interval
) -> None:
	with pytest.raises(ValueError) as refusal:
		order("2026-01-01", platform("1"), interval=orders, first={"interval": plans})
	expected = "Order ORD-1, line L1: the plan's interval must be the order's or a multiple of it"
	assert str(refusal.value) == expected


def test_service_runs_between_start_pauses_and_end() -> None:
	pauses = (Pause(day("2026-01-05"), day("2026-01-10")), Pause(day("2026-01-12"), day("2026-01-12")))
	terms = order("2026-01-01", pauses=(*pauses, Pause(day("2026-01-20"))))
	assert [(span.start.day, span.end) for span in terms.spans] == [
		(1, day("2026-01-05")),
		(10, day("2026-01-20")),
	]
	ended = replace(terms, end=day("2026-01-11"))
	assert [(span.start.day, span.end.day) for span in ended.spans] == [(1, 5), (10, 11)]
	assert terms.span_at(day("2026-01-07")) is None
	assert terms.span_at(day("2026-01-12")) == terms.spans[1]


def test_order_paused_from_its_first_day_serves_from_its_resumption() -> None:
	terms = order("2026-01-01", pauses=(Pause(day("2026-01-01"), day("2026-01-09")),))
	assert [span.start for span in terms.spans] == [day("2026-01-09")]
