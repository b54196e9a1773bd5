"""Usage and minimums of a period that is over, rated under the prices that were in force when it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing.invoice import InvoiceLine, LineType
from paygent_billing.core.invoicing.runs import ChargeRun, charge_runs
from paygent_billing.core.invoicing.terms import ChargeType, OrderLine, OrderTerms
from paygent_billing.core.money import EXACT, ZERO, total_of
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.core.pricing import price_of
from paygent_billing.core.proration import WHOLE, share_of
from paygent_billing.core.usage import UsageSpan

#: A usage line of an invoice: its order line, its charge and the first day of its stretch.
LineKey = tuple[str, str, date]

Quantities = Mapping[UsageSpan, Decimal]


def usage_needed(order: OrderTerms, period: Period) -> list[UsageSpan]:
	"""The quantities that rating the period needs: one for each usage charge and stretch of equal prices.

	Where a minimum begins or ends inside such a stretch, the quantity up to there is needed as well.
	"""
	needed: dict[UsageSpan, None] = {}
	for line in order.lines:
		cuts = {
			end
			for run, piece in _pieces(order, line, ChargeType.MINIMUM, period)
			for end in (piece.start, piece.end)
		}
		for run, piece in _pieces(order, line, ChargeType.USAGE, period):
			for end in [*sorted(cut for cut in cuts if cut in piece and cut != piece.start), piece.end]:
				needed[_span(run, Period(piece.start, end))] = None
	return list(needed)


def metric_billed(order: OrderTerms, key: LineKey) -> str:
	"""The metric that an invoice's usage line counts. ValueError when the order never had such a charge."""
	line_id, charge_id, first_day = key
	runs = [
		run
		for line in order.lines
		if line.id == line_id
		for run in charge_runs(order, line)
		if run.charge.id == charge_id and run.charge.metric
	]
	if not runs:
		raise ValueError(f"Line {line_id} has no usage charge {charge_id}")
	# A pause or change may since have taken the day away from the charge: then its latest metric before it.
	found = [run for run in runs if run.start <= first_day] or runs[:1]
	return found[-1].charge.metric or ""


def usage_lines(order: OrderTerms, period: Period, quantities: Quantities) -> Iterator[InvoiceLine]:
	"""The usage charges of the period, also those that cost nothing, and what tops them up to a minimum."""
	for line in order.lines:
		for run, piece in _pieces(order, line, ChargeType.USAGE, period):
			billed = _usage_line(order, run, piece, quantities)
			if billed.quantity:
				yield billed
		for run, piece in _pieces(order, line, ChargeType.MINIMUM, period):
			yield from _minimum_line(order, run, piece, _usage_within(order, line, piece, period, quantities))


def _pieces(
	order: OrderTerms, line: OrderLine, kind: ChargeType, period: Period
) -> Iterator[tuple[ChargeRun, Period]]:
	for run in charge_runs(order, line):
		piece = period_or_none(max(run.start, period.start), min(run.end, period.end))
		if run.charge.type is kind and piece:
			yield run, piece


def _span(run: ChargeRun, period: Period) -> UsageSpan:
	return UsageSpan(run.line.id, run.charge.metric or "", period)


def _usage_line(order: OrderTerms, run: ChargeRun, piece: Period, quantities: Quantities) -> InvoiceLine:
	quantity = quantities.get(_span(run, piece), ZERO)
	priced = price_of(run.charge.price, quantity, credit_value=order.credit_value)
	return InvoiceLine(
		type=LineType.USAGE,
		charge=run.charge.id,
		amount=order.currency.round(priced.amount),
		explain=priced.explain,
		line=run.line.id,
		agent=run.line.agent,
		period=piece,
		quantity=quantity,
		included=run.charge.price.included,
		unit_price=priced.unit_price,
	)


def _minimum_line(order: OrderTerms, run: ChargeRun, piece: Period, used: Decimal) -> Iterator[InvoiceLine]:
	share = share_of(piece, order.calendar.full_period(piece.start)) if order.proration else WHOLE
	priced = price_of(run.charge.price, run.quantity, credit_value=order.credit_value)
	committed = order.currency.round(share.apply(priced.amount))
	if committed <= used:
		return
	words = share.explain(priced.explain)
	yield InvoiceLine(
		type=LineType.MINIMUM,
		charge=run.charge.id,
		amount=EXACT.subtract(committed, used),
		explain=f"{words} - {order.currency.format(used)} used" if used else words,
		line=run.line.id,
		agent=run.line.agent,
		period=piece,
	)


def _usage_within(
	order: OrderTerms, line: OrderLine, minimum: Period, period: Period, quantities: Quantities
) -> Decimal:
	"""What the line's usage costs on the minimum's days; tiers entered before them stay entered."""
	amounts = []
	for run, piece in _pieces(order, line, ChargeType.USAGE, period):
		both = piece.intersect(minimum)
		if both:
			until = _cost_until(order, run, piece, both.end, quantities)
			amounts.append(EXACT.subtract(until, _cost_until(order, run, piece, both.start, quantities)))
	return total_of(amounts)


def _cost_until(
	order: OrderTerms, run: ChargeRun, piece: Period, end: date, quantities: Quantities
) -> Decimal:
	if end <= piece.start:
		return ZERO
	return _usage_line(order, run, Period(piece.start, end), quantities).amount
