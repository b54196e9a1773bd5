"""One billing date of one order: what the core decides, written down in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from paygent_billing.core.invoicing import (
	Billing,
	BillingStep,
	Facts,
	InvoiceDraft,
	InvoiceLine,
	LineType,
	StepKind,
	bill_changes,
	bill_step,
	bill_threshold,
	is_reached,
	threshold_step,
)
from paygent_billing.core.invoicing.invoice import carry_forward, percent_of
from paygent_billing.core.lifecycle import OrderStatus
from paygent_billing.core.money import total_of
from paygent_billing.core.wallet import Lot
from paygent_billing.scenarios import Order, Scenario
from paygent_billing.simulator import period_credits, usage, usage_events, wallet
from paygent_billing.simulator.invoice_rows import invoice_values, write_lines
from paygent_billing.simulator.orders import Orders, OrderState
from paygent_billing.simulator.recorder import Recorded
from paygent_billing.simulator.rows import line_json, line_of, to_json
from paygent_billing.simulator.running import RunningUsage
from paygent_billing.simulator.store import Store


@dataclass(frozen=True)
class Biller:
	"""Bills the orders of a scenario into a store. Every method runs within the caller's transaction."""

	store: Store
	scenario: Scenario
	orders: Orders
	running: RunningUsage

	def bill(self, state: OrderState, step: BillingStep, today: date) -> OrderState:
		"""The order after the step, which is on an invoice, or recorded as one that needed none."""
		used = usage.usage_to_bill(self.store, state, self.scenario.metrics, step)
		waiting = self._pending(state.terms.id)
		lots = wallet.lots_of(self.store, state.terms.customer)
		facts = self._facts(state, waiting, used, lots)
		billing = bill_step(state.terms, state.position, step, facts)
		number = self._record_period(state, step.date, step.kind.value, step)
		self._write(state, number, billing, today, granted_on=step.date)
		wallet.post(self.store, lots, billing.entries, cause=f"billing {number}", billing=number)
		period_credits.grant_all(self.store, state.terms, billing.grants, step.date, billing=number)
		usage_events.claim(self.store, used.sequences, number)
		self._consume(number, waiting)
		self._carry(state, number, billing, step.kind, today)
		return self._moved_on(state, billing)

	def check_threshold(self, recorded: Recorded, today: date) -> None:
		"""Invoices the usage of the order's running period when it is worth the order's threshold."""
		state = self.orders.require(recorded.order)
		step = threshold_step(state.terms, state.position, today)
		if step is None or step.arrears is None:
			self.running.forget(recorded.order)
			return
		used = self.running.of(state, step, step.arrears, recorded.new)
		lots = wallet.lots_of(self.store, state.terms.customer)
		facts = self._facts(state, [], used, lots)
		if is_reached(state.terms, step, facts):
			billing = bill_threshold(state.terms, state.position, step, facts)
			kind = f"{step.kind.value} {billing.position.thresholds}"
			number = self._record_period(state, today, kind, None)
			self._write(state, number, billing, today, granted_on=today)
			wallet.post(self.store, lots, billing.entries, cause=f"billing {number}", billing=number)
			usage_events.claim(self.store, used.sequences, number)
			self._moved_on(state, billing)

	def bill_changes(self, state: OrderState, today: date, *, cause: str) -> None:
		"""The corrections that wait, on an invoice of their own."""
		waiting = [
			(id, line) for id, line in self._pending(state.terms.id) if line.type is not LineType.ONE_OFF
		]
		facts = self._facts(state, waiting, usage.NOTHING_TO_BILL, [])
		billing = bill_changes(state.terms, state.position, facts)
		number = self._record_period(state, today, cause, None)
		self._write(state, number, billing, today, granted_on=today)
		self._consume(number, waiting)
		self._carry(state, number, billing, StepKind.CYCLE, today)

	def wait(self, order: str, lines: Sequence[InvoiceLine], *, cause: str) -> None:
		"""The lines wait for the order's next invoice."""
		for line in lines:
			self.store.insert("pending_line", order_id=order, cause=cause, content=line_json(line))

	def _facts(
		self,
		state: OrderState,
		waiting: Sequence[tuple[int, InvoiceLine]],
		used: usage.UsageToBill,
		lots: Sequence[Lot],
	) -> Facts:
		return Facts(
			quantities=used.quantities,
			late=used.late,
			pending=tuple(line for _, line in waiting),
			lots=tuple(lots),
			taxes=self.scenario.customers[state.terms.customer].taxes,
			billed=used.billed,
		)

	def _pending(self, order: str) -> list[tuple[int, InvoiceLine]]:
		rows = self.store.all(
			"SELECT id, content FROM pending_line WHERE order_id = ? AND billing IS NULL ORDER BY id", order
		)
		return [(row["id"], line_of(json.loads(row["content"]))) for row in rows]

	def _consume(self, billing: int, waiting: Sequence[tuple[int, InvoiceLine]]) -> None:
		self.store.execute_many(
			"UPDATE pending_line SET billing = ? WHERE id = ?", [(billing, id) for id, _ in waiting]
		)

	def _record_period(self, state: OrderState, day: date, kind: str, step: BillingStep | None) -> int:
		arrears = step.arrears if step else None
		return self.store.insert(
			"billing_period",
			order_id=state.terms.id,
			date=day.isoformat(),
			kind=kind,
			arrears_start=arrears.start.isoformat() if arrears else None,
			arrears_end=arrears.end.isoformat() if arrears else None,
		)

	def _write(
		self, state: OrderState, billing: int, made: Billing, today: date, *, granted_on: date
	) -> None:
		"""The lines, the invoice when one is issued, and the credits that come with it."""
		write_lines(self.store, billing, made.draft.lines)
		invoice = self._issue(state, billing, made.draft, today) if made.is_issued else None
		for position, line in enumerate(made.draft.lines):
			if line.credits > 0:
				grant = wallet.Grant(line.line, line.credits, line.period, granted_on, invoice)
				cause = f"billing {billing} line {position}"
				wallet.grant_to_line(self.store, state.terms, grant, cause=cause)
		if invoice and not made.draft.total:
			wallet.release(self.store, invoice)

	def _issue(self, state: OrderState, billing: int, draft: InvoiceDraft, today: date) -> int:
		order = self._order(state)
		return self.store.insert(
			"invoice",
			billing=billing,
			order_id=order.id,
			customer=order.customer,
			issue_date=today.isoformat(),
			due_date=(today + timedelta(days=order.payment_due_days)).isoformat(),
			**invoice_values(draft),
		)

	def _carry(self, state: OrderState, billing: int, made: Billing, kind: StepKind, today: date) -> None:
		"""What it could not give back waits for the next invoice, or becomes a credit note at the end."""
		if made.credit_note:
			self._owe(state, billing, made, today)
		elif made.draft.carried and kind is not StepKind.CLOSING:
			self.wait(state.terms.id, [carry_forward(-made.draft.carried)], cause=f"billing {billing}")

	def _owe(self, state: OrderState, billing: int, made: Billing, today: date) -> None:
		"""The credit note returns the amount with its taxes, as the invoices charged them."""
		round_amount = self.scenario.currency.round
		taxes = self.scenario.customers[state.terms.customer].taxes
		amounts = [round_amount(percent_of(made.credit_note, tax.rate)) for tax in taxes]
		tax = total_of(amounts)
		self.store.insert(
			"credit_note",
			billing=billing,
			order_id=state.terms.id,
			customer=state.terms.customer,
			issue_date=today.isoformat(),
			subtotal=str(made.credit_note),
			tax=str(tax),
			taxes=to_json([str(amount) for amount in amounts]),
			total=str(made.credit_note + tax),
		)

	def _moved_on(self, state: OrderState, billing: Billing) -> OrderState:
		status = OrderStatus.ENDED if billing.position.is_closed else state.status
		return self.orders.save_position(replace(state, position=billing.position, status=status))

	def _order(self, state: OrderState) -> Order:
		return self.scenario.orders[state.terms.id]
