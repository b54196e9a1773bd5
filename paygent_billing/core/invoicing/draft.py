"""One billing date of one order becomes one invoice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from paygent_billing.core import wallet
from paygent_billing.core.invoicing.arrears import Quantities, usage_lines
from paygent_billing.core.invoicing.fees import BilledFee, advance_fees, arrears_fees, setup_fees
from paygent_billing.core.invoicing.invoice import (
	InvoiceDraft,
	InvoiceLine,
	LineType,
	Tax,
	total_up,
)
from paygent_billing.core.invoicing.period_credits import PeriodCredits, period_credits
from paygent_billing.core.invoicing.position import OrderPosition
from paygent_billing.core.invoicing.rerating import Billed, LatePeriod, late_lines, less_billed
from paygent_billing.core.invoicing.steps import BillingStep, StepKind, passed
from paygent_billing.core.invoicing.terms import Discount, OrderTerms
from paygent_billing.core.money import EXACT, ZERO, total_of

DRAWS_CREDITS = frozenset({LineType.USAGE, LineType.MINIMUM})


@dataclass(frozen=True)
class Facts:
	"""What an invoice depends on besides the contract.

	`quantities` answers `usage_needed` of the step's arrears, with all its usage; `billed` is what threshold
	invoices hold of it already (see `billed_beforehand`); `pending` are corrections, one-offs and carried
	amounts that wait for the next invoice; `lots` is the customer's wallet in the order's currency.
	"""

	quantities: Quantities = field(default_factory=dict)
	late: tuple[LatePeriod, ...] = ()
	pending: tuple[InvoiceLine, ...] = ()
	lots: tuple[wallet.Lot, ...] = ()
	taxes: tuple[Tax, ...] = ()
	billed: Billed = field(default_factory=dict)


@dataclass(frozen=True)
class Billing:
	"""What a billing date comes to: the invoice, the wallet's movements, and the order's position after it.

	An invoice that is not issued still counts as billed. `credit_note` is what the customer is owed when the
	order is closed with a negative balance; otherwise the draft's `carried` waits for the next invoice.
	`grants` are credits that come with the period that begins, besides those of the draft's lines.
	"""

	draft: InvoiceDraft
	entries: tuple[wallet.Entry, ...]
	position: OrderPosition
	is_issued: bool
	credit_note: Decimal = ZERO
	grants: tuple[PeriodCredits, ...] = ()


def bill_step(order: OrderTerms, position: OrderPosition, step: BillingStep, facts: Facts) -> Billing:
	"""The invoice of a billing date: arrears, corrections, advance charges, one-offs, credits, discount,
	tax.
	"""
	after_step = passed(position, step)
	lines = list(_arrears_lines(order, step, facts))
	after_step = _add_fees(lines, after_step, arrears_fees(order, after_step, step.date))
	lines += [line for line in facts.pending if line.type is not LineType.ONE_OFF]
	for late in facts.late:
		lines += late_lines(order, late)
	if step.advance:
		lines += setup_fees(order, after_step, step.advance.end)
		after_step = _add_fees(lines, after_step, advance_fees(order, after_step, step.advance))
		begun = {line.id for line in order.lines if line.start < step.advance.end}
		after_step = replace(after_step, has_setup=after_step.has_setup | begun)
	lines += [line for line in facts.pending if line.type is LineType.ONE_OFF]
	draws = _draws(lines, facts.lots, step.arrears.start if step.arrears else step.date)
	entries = [*draws, *_expiries(order, step, wallet.after(facts.lots, draws))]
	discount = discount_in_force(order, position)
	lines += _credit_lines(facts.lots, draws)
	draft = total_up(lines, order.currency, discount=discount, taxes=facts.taxes)
	grants = period_credits(order, position, step)
	billing = Billing(draft, tuple(entries), after_step, is_issued=True, grants=grants)
	return _close(order, step.kind, billing)


def bill_before_its_date(
	order: OrderTerms, position: OrderPosition, step: BillingStep, facts: Facts, lines: Sequence[InvoiceLine]
) -> Billing:
	"""Usage lines on an invoice of their own while their period still runs: credits, discount, tax."""
	draws = _draws(lines, facts.lots, step.arrears.start if step.arrears else step.date)
	discount = _percent_in_force(order, position)
	all_lines = [*lines, *_credit_lines(facts.lots, draws)]
	draft = total_up(all_lines, order.currency, discount=discount, taxes=facts.taxes)
	return _close(order, step.kind, Billing(draft, tuple(draws), position, is_issued=True))


def bill_again(
	order: OrderTerms, position: OrderPosition, step: BillingStep, facts: Facts, lines: Sequence[InvoiceLine]
) -> Billing:
	"""The lines of a void invoice on another one: credits, discount, tax. The position stays where it is.

	`position` is the one at which the void invoice was made. A discount as an amount comes off at billing
	dates only.
	"""
	draws = _draws(lines, facts.lots, step.arrears.start if step.arrears else step.date)
	is_between = step.kind is StepKind.THRESHOLD
	discount = (_percent_in_force if is_between else discount_in_force)(order, position)
	all_lines = [*lines, *_credit_lines(facts.lots, draws)]
	draft = total_up(all_lines, order.currency, discount=discount, taxes=facts.taxes)
	return _close(order, step.kind, Billing(draft, tuple(draws), position, is_issued=True))


def bill_changes(order: OrderTerms, position: OrderPosition, facts: Facts) -> Billing:
	"""The pending corrections on an invoice of their own, for orders that bill changes at once."""
	discount = _percent_in_force(order, position)
	draft = total_up(facts.pending, order.currency, discount=discount, taxes=facts.taxes)
	return _close(order, StepKind.CYCLE, Billing(draft, (), position, is_issued=True))


def discount_in_force(order: OrderTerms, position: OrderPosition) -> Discount | None:
	"""The order's discount while the number of its billing dates lasts."""
	discount = order.discount
	if discount and (discount.periods is None or position.steps < discount.periods):
		return discount
	return None


def _percent_in_force(order: OrderTerms, position: OrderPosition) -> Discount | None:
	"""The discount of an invoice between billing dates: an amount comes off once a period, not here."""
	discount = discount_in_force(order, position)
	return discount if discount and discount.percent is not None else None


def _arrears_lines(order: OrderTerms, step: BillingStep, facts: Facts) -> Iterator[InvoiceLine]:
	"""Usage and minimums of the step's arrears, less what threshold invoices hold of them."""
	rated = usage_lines(order, step.arrears, facts.quantities) if step.arrears else iter(())
	return less_billed(order, rated, facts.billed) if facts.billed else rated


def _add_fees(lines: list[InvoiceLine], position: OrderPosition, fees: Iterator[BilledFee]) -> OrderPosition:
	"""Puts the fees on the invoice, no line where there are no seats, and returns the position with them."""
	billed = list(fees)
	lines += [fee.line for fee in billed if fee.line.quantity]
	return position.with_fees({fee.key: fee.fee for fee in billed})


def _draws(lines: Sequence[InvoiceLine], lots: Sequence[wallet.Lot], used_from: date) -> list[wallet.Entry]:
	"""Credits pay for usage and minimums, and never more than the whole invoice comes to."""
	usage = total_of(line.amount for line in lines if line.type in DRAWS_CREDITS)
	wanted = min(usage, total_of(line.amount for line in lines))
	return wallet.draw(lots, wanted, used_from=used_from) if wanted > 0 else []


def _credit_lines(lots: Sequence[wallet.Lot], draws: Sequence[wallet.Entry]) -> list[InvoiceLine]:
	"""A line for the granted credits that were drawn and one for those that had been bought."""
	return [
		InvoiceLine(LineType.CREDIT, "credits", EXACT.minus(drawn), "prepaid credits", source=source)
		for source, drawn in wallet.drawn_by_source(lots, draws).items()
	]


def overage_of(draft: InvoiceDraft) -> Decimal:
	"""What the invoice bills of usage and minimums that credits did not pay for."""
	usage = total_of(line.amount for line in draft.lines if line.type in DRAWS_CREDITS)
	drawn = total_of(line.amount for line in draft.lines if line.type is LineType.CREDIT)
	return max(ZERO, EXACT.add(usage, drawn))


def _expiries(order: OrderTerms, step: BillingStep, lots: Sequence[wallet.Lot]) -> list[wallet.Entry]:
	"""The usage up to the billing date is billed: unused granted credits roll over or expire."""
	entries: list[wallet.Entry] = []
	if step.arrears is None and step.kind is StepKind.CYCLE:
		return entries
	rolled_until = date.max if step.kind is StepKind.CLOSING else step.date
	for line in order.lines:
		entries += wallet.roll_over(lots, order=order.id, line=line.id, billed_until=rolled_until)
	return entries + wallet.expire(wallet.after(lots, entries), billed_until=step.date)


def _close(order: OrderTerms, kind: StepKind, billing: Billing) -> Billing:
	is_issued = bool(billing.draft.lines) and (order.zero_invoices or not billing.draft.is_all_zero)
	if kind is not StepKind.CLOSING or not billing.draft.carried:
		return replace(billing, is_issued=is_issued)
	draft = replace(billing.draft, lines=tuple(_given_back(line) for line in billing.draft.lines))
	return replace(billing, draft=draft, is_issued=is_issued, credit_note=billing.draft.carried)


def _given_back(line: InvoiceLine) -> InvoiceLine:
	"""No invoice follows the closing one: what it cannot take goes back by a credit note."""
	is_carried = line.type is LineType.CARRY_FORWARD and line.amount > 0
	return replace(line, explain="given back by a credit note") if is_carried else line
