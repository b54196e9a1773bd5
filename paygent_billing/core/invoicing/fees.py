"""Platform, seat and setup fees as invoice lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from paygent_billing.core.invoicing.invoice import InvoiceLine, LineType
from paygent_billing.core.invoicing.position import FeeInForce, FeeKey, OrderPosition
from paygent_billing.core.invoicing.runs import ChargeRun, credits_with_fee, periodic_runs
from paygent_billing.core.invoicing.terms import ChargeType, OrderLine, OrderTerms, Timing
from paygent_billing.core.money import EXACT, ONE, format_price
from paygent_billing.core.period import Period, day_period, period_or_none
from paygent_billing.core.pricing import price_of
from paygent_billing.core.proration import WHOLE, Share, share_of


@dataclass(frozen=True)
class BilledFee:
	"""A fee's line and what is in force from then on."""

	line: InvoiceLine
	key: FeeKey
	fee: FeeInForce


def advance_fees(order: OrderTerms, position: OrderPosition, period: Period) -> Iterator[BilledFee]:
	"""The fees for the period that begins, in parts where a known change splits it.

	A fee whose own period is longer is billed when that begins, for all of it.
	"""
	for run in periodic_runs(order):
		if run.charge.timing is not Timing.ADVANCE:
			continue
		start = max(run.start, period.start, position.billed_until(run.key))
		if start < min(run.end, period.end):
			yield bill_fee(order, run, start)


def arrears_fees(order: OrderTerms, position: OrderPosition, until: date) -> Iterator[BilledFee]:
	"""The fees in arrears whose own period, or whose service, is over on `until`."""
	for run in periodic_runs(order):
		if run.charge.timing is Timing.ARREARS:
			yield from _ended_pieces(order, run, position.billed_until(run.key), until)


def _ended_pieces(order: OrderTerms, run: ChargeRun, billed_until: date, limit: date) -> Iterator[BilledFee]:
	for span in order.spans:
		start = max(run.start, span.start, billed_until)
		while start < min(run.end, span.end):
			billed = bill_fee(order, run, start)
			if billed.fee.served.end > limit:
				return
			yield billed
			start = billed.fee.served.end


def setup_fees(order: OrderTerms, position: OrderPosition, until: date) -> Iterator[InvoiceLine]:
	"""The setup fees of the lines that have served before `until` and have not paid theirs."""
	for line in order.lines:
		first_day = _first_day_of_service(order, line)
		if line.id not in position.has_setup and first_day is not None and first_day < until:
			yield from _setup_lines(order, line, first_day)


def _setup_lines(order: OrderTerms, line: OrderLine, first_day: date) -> Iterator[InvoiceLine]:
	for charge in line.versions[0].charges:
		if charge.type is ChargeType.SETUP_FEE:
			run = ChargeRun(line, charge, ONE, order.calendar, line.start, date.max, line.versions[0].plan)
			yield fee_line(order, run, day_period(first_day), WHOLE)


def _first_day_of_service(order: OrderTerms, line: OrderLine) -> date | None:
	"""The first day on which the line serves; None for one that is gone before the order is resumed."""
	begun = (max(line.start, span.start) for span in order.spans if line.start < span.end)
	first_day = next(begun, None)
	return first_day if first_day and first_day < (line.end or date.max) else None


def bill_fee(order: OrderTerms, run: ChargeRun, start: date) -> BilledFee:
	"""The fee of the run from `start` to the end of its own period, or of the run, or of the service."""
	full = run.calendar.full_period(start)
	span = order.span_at(start)
	end = min(full.end, run.end, span.end if span else date.max)
	served = Period(start, end)
	share = share_of(served, full) if order.proration else WHOLE
	line = fee_line(order, run, served, share)
	price = price_of(run.charge.price, run.quantity, credit_value=order.credit_value).amount
	credits = credits_with_fee(order, run)
	fee = FeeInForce(run.charge.type, served, full, price, run.quantity, run.plan, credits)
	return BilledFee(line, run.key, fee)


def fee_line(order: OrderTerms, run: ChargeRun, served: Period, share: Share) -> InvoiceLine:
	"""The line for the share of the run's price, with the credits that come with it."""
	priced = price_of(run.charge.price, run.quantity, credit_value=order.credit_value)
	granted = EXACT.multiply(credits_with_fee(order, run), order.credit_value)
	words = priced.explain if share.is_whole or " " not in priced.explain else f"({priced.explain})"
	return InvoiceLine(
		type=LineType(run.charge.type.value),
		charge=run.charge.id,
		amount=order.currency.round(share.apply(priced.amount)),
		explain=share.explain(words),
		line=run.line.id,
		agent=run.line.agent,
		period=served,
		quantity=run.quantity,
		included=run.charge.price.included,
		unit_price=priced.unit_price,
		credits=order.currency.round(share.apply(granted)),
	)


def credit_line(
	order: OrderTerms, line: OrderLine, charge: str, fee: FeeInForce, *, since: date
) -> InvoiceLine | None:
	"""Takes back what the fee in force cost from `since` on, by its own frozen price; None when no day is
	left.
	"""
	lost = period_or_none(max(since, fee.served.start), fee.served.end)
	if lost is None or not fee.price:
		return None
	share = share_of(lost, fee.full) if order.proration else WHOLE
	return InvoiceLine(
		type=LineType(fee.type.value),
		charge=charge,
		amount=EXACT.minus(order.currency.round(share.apply(fee.price))),
		explain=f"- {share.explain(format_price(fee.price))}",
		line=line.id,
		agent=line.agent,
		period=lost,
		quantity=fee.quantity,
	)
