"""What a change, pause or end in mid-period corrects of fees that are billed already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from paygent_billing.core.invoicing.fees import bill_fee, credit_line, setup_fees
from paygent_billing.core.invoicing.invoice import InvoiceLine
from paygent_billing.core.invoicing.position import FeeInForce, FeeKey, OrderPosition
from paygent_billing.core.invoicing.runs import ChargeRun, charge_runs, credits_with_fee
from paygent_billing.core.invoicing.terms import PERIODIC_FEES, OrderLine, OrderTerms, Timing
from paygent_billing.core.money import ZERO
from paygent_billing.core.period import period_or_none
from paygent_billing.core.pricing import price_of


@dataclass(frozen=True)
class Correction:
	"""The lines that the order's next invoice owes to a change, and the position after it."""

	lines: tuple[InvoiceLine, ...]
	position: OrderPosition


def correct_after_change(
	order: OrderTerms, position: OrderPosition, line: OrderLine, *, since: date
) -> Correction:
	"""The corrections for a change of the line from `since` on, which `order` already contains.

	Fees that are billed beyond that day are credited at their old price and billed at the new one for the
	same days; a fee that the change leaves as it was is not corrected. Days that are not billed yet need
	nothing: the run that bills them knows the change.
	"""
	in_force = _runs_on(order, line, since)
	keys = dict.fromkeys([key for key in position.fees if key[0] == line.id] + list(in_force))
	lines: list[InvoiceLine] = []
	fees: dict[FeeKey, FeeInForce | None] = {}
	for key in keys:
		fee, run = position.fees.get(key), in_force.get(key)
		if _is_left_alone(order, fee, run, since):
			fees[key] = replace(fee, plan=run.plan) if fee and run else fee
		else:
			lines += _corrections(order, position, line, since, _Swap(key, fee, run), fees)
	if _is_paid(order, position, since) and order.proration:
		lines += setup_fees(replace(order, lines=(line,)), position, until=position.paid_until or since)
		position = replace(position, has_setup=position.has_setup | {line.id})
	return Correction(tuple(lines), position.with_fees(fees))


def correct_after_stop(
	order: OrderTerms, position: OrderPosition, *, since: date, is_credited: bool
) -> Correction:
	"""Ends all fees in force when service stops on `since`; credits the days that are paid beyond it if
	asked.
	"""
	lines: list[InvoiceLine] = []
	fees: dict[FeeKey, FeeInForce | None] = {}
	for key, fee in position.fees.items():
		if fee.served.end <= since:
			continue
		fees[key] = _cut(fee, since)
		line = next(line for line in order.lines if line.id == key[0])
		credit = (
			credit_line(order, line, key[1], fee, since=since) if is_credited and order.proration else None
		)
		lines += [credit] if credit else []
	return Correction(tuple(lines), position.with_fees(fees))


def _is_paid(order: OrderTerms, position: OrderPosition, day: date) -> bool:
	"""Whether the advance fees of the day are billed, and since the last resumption if there was one."""
	span = order.span_at(day)
	if span is None or position.billed_on is None or position.paid_until is None:
		return False
	return span.start <= position.billed_on and day < position.paid_until


@dataclass(frozen=True)
class _Swap:
	key: FeeKey
	old: FeeInForce | None
	new: ChargeRun | None


def _runs_on(order: OrderTerms, line: OrderLine, day: date) -> dict[FeeKey, ChargeRun]:
	return {
		run.key: run
		for run in charge_runs(order, line)
		if run.charge.type in PERIODIC_FEES
		and run.charge.timing is Timing.ADVANCE
		and run.start <= day < run.end
	}


def _is_left_alone(order: OrderTerms, fee: FeeInForce | None, run: ChargeRun | None, since: date) -> bool:
	if fee is None or fee.served.end <= since:
		return run is None and fee is None
	if run is None:
		return False
	price = price_of(run.charge.price, run.quantity, credit_value=order.credit_value).amount
	credits = credits_with_fee(order, run)
	same_price = (fee.price, fee.quantity, fee.credits) == (price, run.quantity, credits)
	return same_price and fee.full == run.calendar.full_period(fee.served.start)


def _corrections(
	order: OrderTerms,
	position: OrderPosition,
	line: OrderLine,
	since: date,
	swap: _Swap,
	fees: dict[FeeKey, FeeInForce | None],
) -> Iterator[InvoiceLine]:
	if swap.old and swap.old.served.end > since:
		fees[swap.key] = _cut(swap.old, since)
		credit = credit_line(order, line, swap.key[1], swap.old, since=since)
		if credit:
			yield credit
	if swap.new and _is_paid(order, position, since):
		billed = bill_fee(order, swap.new, since)
		fees[swap.key] = billed.fee
		keeps_credits = swap.old is not None and swap.old.plan == swap.new.plan
		if billed.line.quantity:
			yield replace(billed.line, credits=ZERO) if keeps_credits else billed.line


def _cut(fee: FeeInForce, since: date) -> FeeInForce | None:
	"""The fee up to `since`, or None when nothing of it remains."""
	served = period_or_none(fee.served.start, since)
	return replace(fee, served=served) if served else None
