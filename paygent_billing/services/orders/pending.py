"""Charges that wait for an order's next invoice: corrections, one-offs and carried amounts."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import InvoiceLine, LineType
from paygent_billing.core.period import Period, period_or_none
from paygent_billing.services.numbers import day, exact, exact_or_none

FIELDS = [
	"name", "charge_type", "charge", "order_line", "agent", "description", "service_from", "service_until",
	"quantity", "unit_price", "amount", "credits", "computed_as",
]  # fmt: skip


def add_pending(order: Document, lines: Sequence[InvoiceLine], *, cause: str) -> None:
	"""Keeps the lines for the order's next invoice. `cause` says what they come from."""
	for number, line in enumerate(lines):
		row = frappe.new_doc("Pending Charge")
		row.update(
			{
				"billing_order": order.name,
				"cause": cause,
				"sequence": number,
				"charge_type": line.type.value,
				"charge": line.charge,
				"order_line": line.line,
				"agent": line.agent,
				"description": line.description,
				"service_from": line.period.start if line.period else None,
				"service_until": line.period.end if line.period else None,
				"quantity": float(line.quantity),
				"unit_price": float(line.unit_price or 0),
				"amount": float(line.amount),
				"credits": float(line.credits),
				"computed_as": line.explain,
			}
		)
		row.db_insert_as_service()


def pending_lines(order: str, *, one_offs: bool = True) -> tuple[list[str], tuple[InvoiceLine, ...]]:
	"""The names of the charges that wait for the order's next invoice, and their lines, oldest first."""
	filters = {"billing_order": order, "billing_period": ["is", "not set"]}
	if not one_offs:
		filters["charge_type"] = ["!=", LineType.ONE_OFF.value]
	rows = frappe.get_all(
		"Pending Charge",
		filters=filters,
		fields=FIELDS,
		order_by="creation asc, sequence asc",
	)
	return [row.name for row in rows], tuple(_line(row) for row in rows)


def bill_pending(names: list[str], billing_period: str) -> None:
	"""Says in which period's invoice the charges now stand."""
	if names:
		pending = frappe.qb.DocType("Pending Charge")
		query = frappe.qb.update(pending).set(pending.billing_period, billing_period)
		query.where(pending.name.isin(names)).run()


def drop_pending(order: Document, *, cause: str) -> None:
	"""Forgets the charges of that cause that no invoice holds yet: it turned out that nothing happened."""
	filters = {"billing_order": order.name, "billing_period": ["is", "not set"], "cause": cause}
	frappe.db.delete("Pending Charge", filters)


def _line(row: frappe._dict) -> InvoiceLine:
	return InvoiceLine(
		type=LineType(row.charge_type),
		charge=row.charge,
		amount=exact(row.amount),
		explain=row.computed_as or "",
		line=row.order_line or None,
		agent=row.agent or None,
		period=_period(row),
		quantity=exact(row.quantity),
		unit_price=exact_or_none(row.unit_price),
		credits=exact(row.credits),
		description=row.description or "",
	)


def _period(row: frappe._dict) -> Period | None:
	if not row.service_from:
		return None
	return period_or_none(day(row.service_from), day(row.service_until))


def carry_again(billing_period: str) -> None:
	"""The period's invoice is void: what it had taken over from the one before waits again."""
	pending = frappe.qb.DocType("Pending Charge")
	query = frappe.qb.update(pending).set(pending.billing_period, None)
	query.where(pending.billing_period == billing_period).where(pending.charge_type == "carry_forward").run()
