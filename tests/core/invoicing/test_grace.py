from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from paygent_billing.core.invoicing import BillingStep, OrderPosition, OrderTerms, Timing, due_at, next_step
from paygent_billing.core.invoicing.steps import passed

from ..build import day, minimum, order, platform, usage

UTC = ZoneInfo("UTC")
TWO_DAYS = timedelta(hours=48)


def first_and_second(terms: OrderTerms) -> tuple[BillingStep, BillingStep]:
	first = next_step(terms, OrderPosition())
	assert first
	second = next_step(terms, passed(OrderPosition(), first))
	assert second
	return first, second


def utc(text: str) -> datetime:
	return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def test_an_invoice_with_usage_is_issued_when_its_grace_is_over_and_the_first_one_at_once() -> None:
	terms = order("2026-01-01", platform("5"), usage("1"), grace=TWO_DAYS)
	first, second = first_and_second(terms)
	assert due_at(terms, first, UTC) == utc("2026-01-01T00:00")
	assert due_at(terms, second, UTC) == utc("2026-02-03T00:00")


@pytest.mark.parametrize("charges", [(platform("5", timing=Timing.ARREARS),), (minimum("5"),)])
def test_arrears_without_a_metered_charge_have_no_grace(charges: tuple[object, ...]) -> None:
	terms = order("2026-01-01", *charges, grace=TWO_DAYS)  # type: ignore[arg-type]
	assert due_at(terms, first_and_second(terms)[1], UTC) == utc("2026-02-01T00:00")


def test_the_closing_invoice_has_the_grace_too() -> None:
	terms = order("2026-01-01", usage("1"), grace=TWO_DAYS, end=day("2026-01-20"))
	assert due_at(terms, first_and_second(terms)[1], UTC) == utc("2026-01-22T00:00")


def test_without_grace_an_invoice_is_due_when_its_day_begins() -> None:
	terms = order("2026-01-01", usage("1"))
	assert due_at(terms, first_and_second(terms)[1], UTC) == utc("2026-02-01T00:00")


@pytest.mark.parametrize(
	("zone", "hours", "expected"),
	[
		("Asia/Kathmandu", 0, "2026-03-31T18:15"),
		("America/New_York", 0, "2026-04-01T04:00"),
		("America/New_York", 36, "2026-04-02T16:00"),
		("Pacific/Kiritimati", 12, "2026-03-31T22:00"),
	],
)
def test_grace_counts_from_midnight_on_the_wall_in_the_orders_zone(
	zone: str, hours: int, expected: str
) -> None:
	terms = order("2026-03-01", usage("1"), grace=timedelta(hours=hours))
	assert due_at(terms, first_and_second(terms)[1], ZoneInfo(zone)) == utc(expected)


def test_hours_of_grace_are_hours_also_when_the_clock_changes() -> None:
	"""29 March 2026 has 23 hours in Berlin."""
	terms = order("2026-03-01", usage("1"), grace=timedelta(hours=24), billing_day=29)
	step = first_and_second(terms)[1]
	assert (step.date, due_at(terms, step, ZoneInfo("Europe/Berlin"))) == (
		day("2026-03-29"),
		utc("2026-03-29T23:00"),
	)


@pytest.mark.parametrize("hours", [-1, 366 * 24 + 1])
def test_a_grace_is_neither_negative_nor_longer_than_a_year(hours: int) -> None:
	with pytest.raises(ValueError, match="Order ORD-1: a grace is 0 to 8784 hours"):
		order("2026-01-01", usage("1"), grace=timedelta(hours=hours))
