"""A period rated in full, less what invoices hold of it already: late usage, and usage after a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing.arrears import Quantities, usage_lines
from paygent_billing.core.invoicing.invoice import InvoiceLine, LineType
from paygent_billing.core.invoicing.terms import OrderTerms
from paygent_billing.core.money import EXACT, ZERO
from paygent_billing.core.period import Period

#: Line, charge and stretch of a period.
BilledKey = tuple[str, str, Period]

#: A change or pause may have cut a stretch that was billed before its end: its first day tells which it is.
_Stretch = tuple[str, str, date]


@dataclass(frozen=True)
class BilledUsage:
	"""What invoices already hold for one charge and stretch of a period."""

	quantity: Decimal
	amount: Decimal


NOTHING_BILLED = BilledUsage(ZERO, ZERO)

Billed = Mapping[BilledKey, BilledUsage]


@dataclass(frozen=True)
class LatePeriod:
	"""A billed period into which usage, or a correction of it, has come since: all its quantities anew, and
	what was billed for it.
	"""

	period: Period
	quantities: Quantities
	billed: Billed


def late_lines(order: OrderTerms, late: LatePeriod) -> Iterator[InvoiceLine]:
	"""The period rated again with all its usage, less what was billed for it."""
	return less_billed(order, usage_lines(order, late.period, late.quantities), late.billed)


def less_billed(order: OrderTerms, rated: Iterable[InvoiceLine], billed: Billed) -> Iterator[InvoiceLine]:
	"""The rated lines less what is billed for the same stretch; what is rated no longer is taken back."""
	anew = {_stretch_of(line): line for line in rated}
	held = _by_stretch(billed)
	for stretch in dict.fromkeys([*anew, *held]):
		period, before = held.get(stretch, (None, NOTHING_BILLED))
		if stretch in anew:
			line, quantity = anew[stretch], anew[stretch].quantity
		elif period:
			line, quantity = _vanished(order, stretch, period), ZERO
		yield from _difference(order, line, quantity, before)


def _difference(
	order: OrderTerms, line: InvoiceLine, quantity: Decimal, before: BilledUsage
) -> Iterator[InvoiceLine]:
	more = EXACT.subtract(quantity, before.quantity)
	amount = EXACT.subtract(line.amount, before.amount)
	if not amount and not (more and line.type is LineType.USAGE):
		return
	words = line.explain
	if before.amount:
		words += f" - {order.currency.format(before.amount)} billed before"
	is_minimum = line.type is LineType.MINIMUM
	yield replace(line, quantity=line.quantity if is_minimum else more, amount=amount, explain=words)


def _by_stretch(billed: Billed) -> dict[_Stretch, tuple[Period, BilledUsage]]:
	"""What is billed for each stretch, whatever its end was each time, and the last of those ends."""
	held: dict[_Stretch, tuple[Period, BilledUsage]] = {}
	for (line, charge, period), usage in billed.items():
		stretch = line, charge, period.start
		known, before = held.get(stretch, (period, NOTHING_BILLED))
		together = BilledUsage(
			EXACT.add(before.quantity, usage.quantity), EXACT.add(before.amount, usage.amount)
		)
		held[stretch] = max(known, period), together
	return held


def _stretch_of(line: InvoiceLine) -> _Stretch:
	if line.line is None or line.period is None:
		raise ValueError(f"{line.charge} stands on no order line and no period")
	return line.line, line.charge, line.period.start


def _vanished(order: OrderTerms, stretch: _Stretch, period: Period) -> InvoiceLine:
	"""A charge that was billed and that the period, rated again, no longer has: a minimum that is reached
	now, or usage that was corrected away.
	"""
	line = next(line for line in order.lines if line.id == stretch[0])
	charges = {charge.id: charge for version in line.versions for charge in version.charges}
	kind = LineType(charges[stretch[1]].type.value)
	return InvoiceLine(kind, stretch[1], ZERO, "0", line=line.id, agent=line.agent, period=period)
