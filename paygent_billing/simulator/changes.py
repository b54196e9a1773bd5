"""What happens to an order: it starts, changes, pauses, goes on and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from paygent_billing.core.invoicing import (
	Correction,
	InvoiceLine,
	LineType,
	LineVersion,
	OrderLine,
	OrderTerms,
	Pause,
	correct_after_change,
	correct_after_stop,
)
from paygent_billing.core.lifecycle import OrderAction, next_order_status
from paygent_billing.scenarios import Line, Scenario
from paygent_billing.scenarios.events import AddLine, ChangeLine, OneOff, RemoveLine
from paygent_billing.scenarios.story import line_of
from paygent_billing.scenarios.terms import changed, line_version, opening_line
from paygent_billing.simulator.billing import Biller
from paygent_billing.simulator.orders import Orders, OrderState


class RefusedError(ValueError):
	"""The event makes no sense after what was billed before it."""


@dataclass(frozen=True)
class Changes:
	"""Changes orders. Every method runs within the caller's transaction; `cause` names the event."""

	scenario: Scenario
	orders: Orders
	biller: Biller

	def activate(self, order: str, today: date) -> None:
		"""A draft becomes active; a paused order goes on."""
		state = self.orders.get(order)
		if state is None:
			self.orders.open(order)
		else:
			self._resume(state, today)

	def _resume(self, state: OrderState, today: date) -> None:
		status = next_order_status(state.status, OrderAction.RESUME)
		*earlier, pause = state.terms.pauses
		if pause.start == today:
			state = self._without_pause(state, today)
		terms = replace(state.terms, pauses=(*earlier, Pause(pause.start, today)))
		self.orders.save(replace(state, terms=terms, status=status, before_pause=None))

	def _without_pause(self, state: OrderState, today: date) -> OrderState:
		"""A pause of no days is none: the position before it comes back, its corrections are dropped."""
		before = state.before_pause
		if before is None or (before.billed_on, before.steps) != (
			state.position.billed_on,
			state.position.steps,
		):
			raise RefusedError(
				f"{state.terms.id} was billed or changed between its pause and its resumption on {today}: "
				"resume it a day later"
			)
		self.orders.store.execute(
			"DELETE FROM pending_line WHERE order_id = ? AND cause = ? AND billing IS NULL",
			state.terms.id,
			_pause_cause(today),
		)
		return replace(state, position=before)

	def pause(self, order: str, today: date) -> None:
		state = self.orders.require(order)
		terms = replace(state.terms, pauses=(*state.terms.pauses, Pause(today)))
		correction = correct_after_stop(
			terms, state.position, since=today, is_credited=terms.credits_paused_days
		)
		self.biller.wait(order, correction.lines, cause=_pause_cause(today))
		status = next_order_status(state.status, OrderAction.PAUSE)
		self.orders.save(OrderState(terms, correction.position, status, before_pause=state.position))

	def end(self, order: str, last_day: date, *, cause: str) -> None:
		state = self.orders.require(order)
		end = last_day + timedelta(days=1)
		terms = replace(state.terms, end=end)
		correction = correct_after_stop(terms, state.position, since=end, is_credited=terms.credits_on_end)
		self.biller.wait(order, correction.lines, cause=cause)
		status = next_order_status(state.status, OrderAction.END)
		self.orders.save(OrderState(terms, correction.position, status))

	def first_invoice(self, order: str, today: date) -> None:
		"""The first billing date is billed today, and the days of later invoices follow from that."""
		state = self.orders.require(order)
		step = state.next_step
		if step is None:
			raise RefusedError(f"{order} has nothing to bill: it has no first invoice")
		anchored = replace(state, terms=replace(state.terms, invoice_anchor=today))
		self.orders.save(anchored)
		self.biller.bill(anchored, step, today)

	def one_off(self, event: OneOff, *, cause: str) -> None:
		line = InvoiceLine(
			LineType.ONE_OFF, "one_off", event.amount, event.description, description=event.description
		)
		self.biller.wait(event.order, [line], cause=cause)

	def change_line(self, event: ChangeLine, today: date, *, cause: str) -> None:
		state = self.orders.require(event.order)
		since = max(today, state.terms.start)
		old = _line(state.terms, event.line)
		last = old.versions[-1]
		wanted = changed(Line(old.id, old.agent, last.plan, last.seats), plan=event.plan, seats=event.seats)
		version = line_version(self.scenario, wanted, since=since)
		new = replace(old, versions=(*_until(old.versions, since), version))
		self._correct(state, _with_line(state.terms, new), new, since, cause=cause)

	def add_line(self, event: AddLine, today: date, *, cause: str) -> None:
		state = self.orders.require(event.order)
		since = max(today, state.terms.start)
		new = opening_line(self.scenario, line_of(event), since=since)
		terms = replace(state.terms, lines=(*state.terms.lines, new))
		self._correct(state, terms, new, since, cause=cause)

	def remove_line(self, event: RemoveLine, today: date, *, cause: str) -> None:
		state = self.orders.require(event.order)
		since = max(today, state.terms.start)
		old = _line(state.terms, event.line)
		versions = _until(old.versions, since) or (replace(old.versions[0], valid_until=since),)
		new = replace(old, versions=versions)
		self._correct(state, _with_line(state.terms, new), new, since, cause=cause)

	def _correct(
		self, state: OrderState, terms: OrderTerms, line: OrderLine, since: date, *, cause: str
	) -> None:
		"""The order has the new terms, and its next invoice, or one of its own, the corrections."""
		if state.position.billed_on and since < state.position.billed_on:
			raise RefusedError(
				f"{terms.id} is billed on {state.position.billed_on} already, after this change"
			)
		correction: Correction = correct_after_change(terms, state.position, line, since=since)
		self.biller.wait(terms.id, correction.lines, cause=cause)
		saved = replace(state, terms=terms, position=correction.position, before_pause=None)
		self.orders.save(saved)
		if terms.invoices_changes_now and correction.lines:
			self.biller.bill_changes(saved, since, cause=cause)


def _pause_cause(day: date) -> str:
	return f"pause on {day}"


def _line(terms: OrderTerms, line: str) -> OrderLine:
	return next(known for known in terms.lines if known.id == line)


def _with_line(terms: OrderTerms, line: OrderLine) -> OrderTerms:
	return replace(terms, lines=tuple(line if known.id == line.id else known for known in terms.lines))


def _until(versions: Sequence[LineVersion], since: date) -> tuple[LineVersion, ...]:
	"""The versions that were in force before that day, the last of them closed."""
	earlier = [version for version in versions if version.valid_from < since]
	if earlier:
		earlier[-1] = replace(earlier[-1], valid_until=since)
	return tuple(earlier)
