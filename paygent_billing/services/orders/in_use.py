"""Prices that an order uses do not change: a change of price is a new version."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.orders.compare import comparable, comparable_rows

PRICE_FIELDS = ("agent", "kind", "customer", "currency", "interval_unit", "interval_count")


def refuse_price_change_in_use(document: Document) -> None:
	"""Refuses another price for a plan or agent that an order which is no draft has on a line."""
	before = document.get_doc_before_save()
	if before is None or _prices(before) == _prices(document):
		return
	order = _order_that_uses(document)
	if not order:
		return
	if document.doctype == "Agent Plan":
		advice = _("Make a new version of the plan and change the orders' plans to it.")
	else:
		advice = _("Make an Agent Plan with the new prices and change the orders' plans to it.")
	frappe.throw(
		_("{0} is used by {1}, so its prices stay as they are. {2}").format(document.name, order, advice)
	)


def _prices(document: Document) -> list[tuple[str, ...]]:
	own = tuple(comparable(document, field) for field in PRICE_FIELDS if document.meta.has_field(field))
	return [own, *comparable_rows([*document.charges, *document.tiers])]


def _order_that_uses(document: Document) -> str | None:
	orders, lines = frappe.qb.DocType("Billing Order"), frappe.qb.DocType("Order Line")
	column = lines.plan if document.doctype == "Agent Plan" else lines.agent
	query = (
		frappe.qb.from_(lines)
		.join(orders)
		.on(orders.name == lines.parent)
		.select(orders.name)
		.where(column == document.name)
		.where(orders.status != "Draft")
		.limit(1)
	)
	if document.doctype == "AI Agent":
		query = query.where(lines.pricing == "No plan")
	found = query.run()
	return found[0][0] if found else None
