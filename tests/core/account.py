"""One order with what its store keeps: the smallest caller of the core, as the simulator and the site are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from paygent_billing.core import wallet
from paygent_billing.core.invoicing import (
	BilledUsage,
	Billing,
	BillingStep,
	Charge,
	Facts,
	InvoiceLine,
	LatePeriod,
	LineType,
	LineVersion,
	OrderLine,
	OrderPosition,
	OrderTerms,
	Pause,
	StepKind,
	Tax,
	bill_changes,
	bill_step,
	bill_threshold,
	billed_beforehand,
	correct_after_change,
	correct_after_stop,
	is_reached,
	next_step,
	threshold_step,
	usage_needed,
)
from paygent_billing.core.invoicing.invoice import carry_forward
from paygent_billing.core.money import ZERO
from paygent_billing.core.period import Period
from paygent_billing.core.wallet import Entry, Lot


@dataclass
class Use:
	"""A quantity of the metric `calls` on a day; `is_billed` once an invoice holds it."""

	day: date
	quantity: Decimal
	line: str = "L1"
	is_billed: bool = False


@dataclass
class Account:
	"""Carries terms, position, pending lines, usage and wallet from one billing date to the next."""

	terms: OrderTerms
	taxes: tuple[Tax, ...] = ()
	position: OrderPosition = field(default_factory=OrderPosition)
	pending: list[InvoiceLine] = field(default_factory=list)
	uses: list[Use] = field(default_factory=list)
	lots: list[Lot] = field(default_factory=list)
	entries: list[Entry] = field(default_factory=list)
	steps: list[BillingStep] = field(default_factory=list)
	billings: list[Billing] = field(default_factory=list)

	# what happens to the order

	def use(self, day: date, quantity: str | int | Decimal, line: str = "L1") -> None:
		self.uses.append(Use(day, Decimal(quantity), line))

	def change(self, day: date, *charges: Charge, line: str = "L1", **fields: Any) -> None:
		"""New charges (none: as before) and fields such as seats, plan and interval from the day on."""
		old = self._line(line)
		last = old.versions[-1]
		newest = replace(last, valid_from=day, charges=charges or last.charges, **fields)
		closed = () if last.valid_from == day else (replace(last, valid_until=day),)
		self._put(replace(old, versions=(*old.versions[:-1], *closed, newest)), day)

	def add_line(self, day: date, line: str, *charges: Charge, **fields: Any) -> None:
		self._put(OrderLine(line, "Agent", (LineVersion(day, charges, **fields),)), day)

	def remove_line(self, day: date, line: str) -> None:
		old = self._line(line)
		last = replace(old.versions[-1], valid_until=day)
		self._put(replace(old, versions=(*old.versions[:-1], last)), day)

	def pause(self, day: date) -> None:
		self.terms = replace(self.terms, pauses=(*self.terms.pauses, Pause(day)))
		self._stop(day, self.terms.credits_paused_days)

	def resume(self, day: date) -> None:
		last = replace(self.terms.pauses[-1], end=day)
		self.terms = replace(self.terms, pauses=(*self.terms.pauses[:-1], last))

	def end(self, last_day: date) -> None:
		end = last_day + timedelta(days=1)
		self.terms = replace(self.terms, end=end)
		self._stop(end, self.terms.credits_on_end)

	# billing

	def bill(self, today: date) -> list[Billing]:
		"""Bills all that is due, oldest first."""
		made: list[Billing] = []
		while (step := next_step(self.terms, self.position)) and step.date <= today:
			made.append(self._bill(step))
		return made

	def check_threshold(self, today: date) -> Billing | None:
		"""Bills the usage of the running period when it is worth the threshold."""
		step = threshold_step(self.terms, self.position, today)
		if step is None or step.arrears is None:
			return None
		known = [use.is_billed for use in self.uses]
		facts = Facts(
			quantities=self._claim(step.arrears),
			billed=self._billed(billed_beforehand(self.position, step)),
			lots=tuple(self.lots),
			taxes=self.taxes,
		)
		if not is_reached(self.terms, step, facts):
			for use, is_billed in zip(self.uses, known, strict=True):
				use.is_billed = is_billed
			return None
		billing = bill_threshold(self.terms, self.position, step, facts)
		waiting = self.pending
		self._keep(billing, step.kind)
		self.pending = waiting
		return billing

	def bill_changes(self) -> Billing:
		facts = Facts(pending=tuple(self.pending), taxes=self.taxes)
		billing = bill_changes(self.terms, self.position, facts)
		self._keep(billing, StepKind.CYCLE)
		return billing

	def pay(self) -> None:
		"""Pays all invoices: pending credits become available."""
		self._move(wallet.release(self.lots))

	@property
	def lines(self) -> list[InvoiceLine]:
		return [line for billing in self.billings for line in billing.draft.lines]

	@property
	def balance(self) -> wallet.Balance:
		return wallet.balance_of(self.lots)

	def lines_of(self, charge: str) -> list[InvoiceLine]:
		return [line for line in self.lines if line.charge == charge]

	def _line(self, line: str) -> OrderLine:
		return next(known for known in self.terms.lines if known.id == line)

	def _put(self, line: OrderLine, day: date) -> None:
		others = tuple(known for known in self.terms.lines if known.id != line.id)
		lines = tuple(sorted((*others, line), key=lambda known: known.id))
		self.terms = replace(self.terms, lines=lines)
		correction = correct_after_change(self.terms, self.position, line, since=day)
		self.pending += correction.lines
		self.position = correction.position

	def _stop(self, day: date, is_credited: bool) -> None:
		correction = correct_after_stop(self.terms, self.position, since=day, is_credited=is_credited)
		self.pending += correction.lines
		self.position = correction.position

	def _bill(self, step: BillingStep) -> Billing:
		late = self._late()
		facts = Facts(
			quantities=self._claim(step.arrears) if step.arrears else {},
			late=late,
			pending=tuple(self.pending),
			lots=tuple(self.lots),
			taxes=self.taxes,
			billed=self._billed(billed_beforehand(self.position, step)),
		)
		billing = bill_step(self.terms, self.position, step, facts)
		self.steps.append(step)
		self._keep(billing, step.kind)
		return billing

	def _keep(self, billing: Billing, kind: StepKind) -> None:
		self.position = OrderPosition.from_json(json.loads(json.dumps(billing.position.to_json())))
		carried = billing.draft.carried if kind is StepKind.CYCLE else ZERO
		self.pending = [carry_forward(-carried)] if carried else []
		self._move(billing.entries)
		for line in billing.draft.lines if billing.is_issued else ():
			if line.credits and line.period:
				self._grant(str(line.line), line.credits, line.period)
		for credits in billing.grants:
			self._grant(credits.line, credits.amount, credits.period)
		self.billings.append(billing)

	def _claim(self, period: Period) -> dict[Any, Decimal]:
		quantities = {
			span: sum((use.quantity for use in self._uses(span.line, span.period)), ZERO)
			for span in usage_needed(self.terms, period)
		}
		for use in self.uses:
			use.is_billed = use.is_billed or use.day in period
		return quantities

	def _uses(self, line: str, period: Period) -> list[Use]:
		return [use for use in self.uses if use.line == line and use.day in period]

	def _late(self) -> tuple[LatePeriod, ...]:
		periods = [step.arrears for step in self.steps if step.arrears]
		into = [
			period for period in periods if any(not use.is_billed and use.day in period for use in self.uses)
		]
		return tuple(LatePeriod(period, self._claim(period), self._billed(period)) for period in into)

	def _billed(self, period: Period | None) -> dict[tuple[str, str, Period], BilledUsage]:
		held: dict[tuple[str, str, Period], BilledUsage] = {}
		for line in self.lines:
			if (
				line.type in (LineType.USAGE, LineType.MINIMUM)
				and line.period
				and period
				and line.period.start in period
			):
				key = (str(line.line), line.charge, line.period)
				known = held.get(key, BilledUsage(ZERO, ZERO))
				held[key] = BilledUsage(known.quantity + line.quantity, known.amount + line.amount)
		return held

	def _grant(self, line: str, amount: Decimal, period: Period) -> None:
		number = len(self.lots) + 1
		rollover = self._line(line).rollover
		self.lots.append(
			Lot(
				f"lot-{number}", number, order=self.terms.id, line=line,
				period_end=period.end, rollover=rollover,
			)
		)  # fmt: skip
		self._move([Entry(wallet.EntryKind.GRANT, f"lot-{number}", pending=amount)])

	def _move(self, entries: Sequence[Entry]) -> None:
		self.entries += entries
		self.lots = wallet.after(self.lots, entries)
