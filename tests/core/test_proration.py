from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paygent_billing.core.money import Currency
from paygent_billing.core.period import BillingCalendar, Period
from paygent_billing.core.proration import WHOLE, Share, share_of

from .build import JPY, KWD, MONTH, QUARTER, USD, YEAR, period

prices = st.decimals(min_value=0, max_value=10**9, places=5)


@st.composite
def full_periods(draw: st.DrawFn) -> Period:
	start = draw(st.dates(date(2000, 1, 1), date(2060, 1, 1)))
	grid = BillingCalendar.of_order(
		start, draw(st.sampled_from([MONTH, QUARTER, YEAR])), draw(st.integers(1, 31))
	)
	return grid.full_period(start)


@given(full_periods(), st.data(), prices, st.sampled_from([JPY, USD, KWD]))
def test_parts_of_a_period_sum_to_the_whole_within_a_unit_each(
	full: Period, data: st.DataObject, price: Decimal, currency: Currency
) -> None:
	inner = data.draw(st.sets(st.integers(1, full.days - 1), max_size=8))
	cuts = [full.start, *(full.start + timedelta(days=number) for number in sorted(inner)), full.end]
	parts = [share_of(Period(*both), full) for both in pairwise(cuts)]
	assert sum(part.days for part in parts) == full.days
	billed = sum(currency.round(part.apply(price)) for part in parts)
	assert abs(billed - currency.round(price)) <= len(parts) * Decimal(1).scaleb(-currency.decimals)


@given(full_periods(), st.integers(0, 400), st.integers(1, 400), prices)
def test_share_is_never_below_nothing_or_above_the_whole(
	full: Period, after: int, days: int, price: Decimal
) -> None:
	"""F13: whatever the dates, the factor lies in [0, 1], or the days are refused."""
	start = full.start + timedelta(days=after)
	served = Period(start, start + timedelta(days=days))
	if after + days > full.days:
		with pytest.raises(ValueError, match="reaches out of"):
			share_of(served, full)
	else:
		assert 0 <= share_of(served, full).apply(price) <= price


@pytest.mark.parametrize(
	("served", "full", "price", "expected"),
	[
		(("2026-01-15", "2026-02-01"), ("2026-01-01", "2026-02-01"), "99.00", "54.29"),
		(("2026-02-14", "2026-02-28"), ("2026-01-31", "2026-02-28"), "100.00", "50.00"),
		(("2028-02-01", "2028-02-29"), ("2028-02-01", "2028-03-01"), "29.00", "28.00"),
		(("2026-01-15", "2026-02-01"), ("2025-11-01", "2026-02-01"), "92.00", "17.00"),
		(("2026-01-01", "2026-02-01"), ("2026-01-01", "2026-02-01"), "99.99", "99.99"),
	],
)
def test_price_is_prorated_by_days(
	served: tuple[str, str], full: tuple[str, str], price: str, expected: str
) -> None:
	share = share_of(period(*served), period(*full))
	assert USD.format(share.apply(Decimal(price))) == expected


@pytest.mark.parametrize(("days", "of"), [(-1, 31), (32, 31), (0, 0)])
def test_share_that_is_none_is_refused(days: int, of: int) -> None:
	with pytest.raises(ValueError, match=f"{days} of {of} days is no share of a period"):
		Share(days, of)


def test_share_explains_itself() -> None:
	assert Share(17, 31).explain("99.00") == "17 of 31 days x 99.00"
	assert WHOLE.explain("99.00") == "99.00"
