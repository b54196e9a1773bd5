"""The lines of a void invoice, to be billed again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import (
	Billing,
	BillingStep,
	Facts,
	InvoiceLine,
	LineType,
	OrderPosition,
	OrderTerms,
	StepKind,
	bill_again,
)
from paygent_billing.core.invoicing.invoice import carry_forward
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.services.billing.line_text import title_of
from paygent_billing.services.invoices.edit_lines import FIXED, text_of
from paygent_billing.services.numbers import day, exact, exact_or_none
from paygent_billing.services.orders.terms import position_of
from paygent_billing.services.wallets.account import WalletAccount
from paygent_billing.services.wallets.lots import lots_of_invoice

KINDS = {"Cycle": StepKind.CYCLE, "Closing": StepKind.CLOSING}


def waiting_carries(order: str) -> list[frappe._dict]:
	"""The amounts that wait to be carried to the order's next invoice, under lock."""
	pending = frappe.qb.DocType("Pending Charge")
	query = (
		frappe.qb.from_(pending)
		.select(pending.name, pending.amount)
		.where(pending.billing_order == order)
		.where(pending.billing_period.isnull() | (pending.billing_period == ""))
		.where(pending.charge_type == LineType.CARRY_FORWARD.value)
		.orderby(pending.creation)
		.for_update()
	)
	return query.run(as_dict=True)


@dataclass(frozen=True)
class AgainFrom:
	"""The order, its void invoice, the period of that one, and the customer's wallet, locked."""

	order: Document
	void: Document
	period: Document
	wallet: WalletAccount | None


def bill_lines_again(terms: OrderTerms, source: AgainFrom, carried: Sequence[frappe._dict]) -> Billing:
	"""The void invoice's lines with what waits to be carried, the credits that the customer has now, the
	discount and taxes. Refused when nothing of it would be issued.
	"""
	rows = [row for row in source.void.items if row.billing_type not in FIXED]
	lines = list(_with_credits(terms, source.void, rows))
	lines += [carry_forward(exact(row.amount)) for row in carried]
	facts = Facts(lots=source.wallet.lots(source.order.company) if source.wallet else ())
	billing = bill_again(
		terms, _position_then(source.order, source.period), _step(source.period), facts, lines
	)
	if not billing.is_issued:
		frappe.throw(_("{0} has nothing that could be billed again.").format(source.void.name))
	return billing


def _with_credits(terms: OrderTerms, void: Document, rows: Sequence[Document]) -> Iterator[InvoiceLine]:
	"""The lines, with the credits that the void invoice had granted with them, as many as it did."""
	granting = {
		(line.id, charge.id)
		for line in terms.lines
		for version in line.versions
		for charge in version.charges
		if charge.credits
	}
	lots = [one.lot for one in lots_of_invoice(void.name)]
	for line in map(_line, rows):
		of_line = (lot for lot in lots if lot.line == line.line and _ends(line) == lot.period_end)
		lot = next(of_line, None) if (line.line, line.charge) in granting and line.amount >= 0 else None
		if lot:
			lots.remove(lot)
		yield replace(line, credits=lot.granted) if lot else line


def _ends(line: InvoiceLine) -> date | None:
	return line.period.end if line.period else None


def _step(period: Document) -> BillingStep:
	arrears = (
		period_or_none(day(period.arrears_from), day(period.arrears_until)) if period.arrears_from else None
	)
	return BillingStep(day(period.start), KINDS.get(period.kind, StepKind.THRESHOLD), arrears, None)


def _position_then(order: Document, period: Document) -> OrderPosition:
	"""How many billing dates the order had behind it when the period was billed: its discount may end."""
	earlier = {
		"billing_order": order.name,
		"kind": ["in", list(KINDS)],
		"sequence": [">=", 0],
		"creation": ["<", period.creation],
		"name": ["!=", period.name],
	}
	steps = frappe.db.count("Billing Period", earlier)
	return replace(position_of(order), steps=steps)


def _line(row: Document) -> InvoiceLine:
	line = InvoiceLine(
		type=LineType(row.billing_type),
		charge=row.billing_charge,
		amount=exact(row.amount),
		explain=row.computed_as or "",
		line=row.order_line or None,
		agent=row.ai_agent or None,
		period=_days(row),
		quantity=exact(row.billed_quantity),
		included=exact(row.included_quantity),
		unit_price=exact_or_none(row.unit_price),
	)
	words = text_of(row)
	return line if words == title_of(line) else replace(line, description=words)


def _days(row: Document) -> Period | None:
	if not row.service_from:
		return None
	return Period(day(row.service_from), day(row.service_to) + timedelta(days=1))
