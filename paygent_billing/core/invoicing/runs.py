"""An order line's history, charge by charge: stretches over which a charge stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing.position import FeeKey
from paygent_billing.core.invoicing.terms import (
	PERIODIC_FEES,
	Charge,
	ChargeType,
	CreditSchedule,
	OrderLine,
	OrderTerms,
)
from paygent_billing.core.money import ONE, ZERO
from paygent_billing.core.period import BillingCalendar


@dataclass(frozen=True)
class ChargeRun:
	"""A charge with an unchanged price and quantity, from `start` up to `end` (date.max: until further
	notice).
	"""

	line: OrderLine
	charge: Charge
	quantity: Decimal
	calendar: BillingCalendar
	start: date
	end: date
	plan: str | None

	@property
	def key(self) -> FeeKey:
		return self.line.id, self.charge.id, self.charge.timing


def charge_runs(order: OrderTerms, line: OrderLine) -> list[ChargeRun]:
	"""All runs of the line's charges, each charge's oldest first; a change that leaves a charge alone ends
	no run.
	"""
	runs: dict[str, list[ChargeRun]] = {}
	for run in _runs_by_version(order, line):
		known = runs.setdefault(run.charge.id, [])
		if known and _continues(known[-1], run):
			known[-1] = replace(known[-1], end=run.end, plan=run.plan)
		else:
			known.append(run)
	return [run for known in runs.values() for run in known]


def grants_each_period(order: OrderTerms, run: ChargeRun) -> bool:
	"""Whether the run's credits come with each period of the order. Where the fee has the same periods, they
	come with the fee.
	"""
	is_longer = not order.calendar.interval.is_multiple_of(run.calendar.interval)
	return is_longer and run.charge.credit_schedule is CreditSchedule.EACH_PERIOD


def credits_with_fee(order: OrderTerms, run: ChargeRun) -> Decimal:
	"""The number of credits that come with a whole fee of the run."""
	return ZERO if grants_each_period(order, run) else run.charge.credits


def periodic_runs(order: OrderTerms) -> Iterator[ChargeRun]:
	"""The runs of all platform and seat fees of the order."""
	for line in order.lines:
		yield from (run for run in charge_runs(order, line) if run.charge.type in PERIODIC_FEES)


def _runs_by_version(order: OrderTerms, line: OrderLine) -> Iterator[ChargeRun]:
	for number, version in enumerate(line.versions):
		for charge in version.charges:
			start, end = _validity(order, line, number, charge)
			if start < end:
				quantity = Decimal(version.seats) if charge.type is ChargeType.SEAT_FEE else ONE
				calendar = order.calendar_of(version)
				yield ChargeRun(line, charge, quantity, calendar, start, end, version.plan)


def _validity(order: OrderTerms, line: OrderLine, number: int, charge: Charge) -> tuple[date, date]:
	"""The days for which the version's charge counts: without proration, changes wait for the next period."""
	version = line.versions[number]
	start, end = version.valid_from, version.valid_until or date.max
	if order.proration or charge.type in (ChargeType.USAGE, ChargeType.SETUP_FEE):
		return start, end
	is_minimum = charge.type is ChargeType.MINIMUM
	before = order.calendar if is_minimum or not number else order.calendar_of(line.versions[number - 1])
	if start > order.start:
		start = _next_period_start(before, start)
	if end < date.max:
		end = _next_period_start(order.calendar if is_minimum else order.calendar_of(version), end)
	return start, end


def _next_period_start(grid: BillingCalendar, day: date) -> date:
	full = grid.full_period(day)
	return day if full.start == day else full.end


def _continues(older: ChargeRun, newer: ChargeRun) -> bool:
	same = (older.charge, older.quantity, older.calendar) == (newer.charge, newer.quantity, newer.calendar)
	return same and older.end == newer.start
