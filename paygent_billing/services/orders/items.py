"""The ERPNext items that stand on invoice lines."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

ADJUSTMENTS = "Billing Adjustment"
CREDITS = "Prepaid Credits"


def ensure_item(agent: Document) -> None:
	"""Gives an agent without an item one of its own: a service that is not kept in stock."""
	if not agent.item:
		agent.item = _make_service_item(agent.agent_name, agent.gst_hsn_code)


def adjustment_item() -> str:
	"""The item for lines that belong to no agent: one-offs, carried amounts, refunds."""
	chosen = frappe.get_cached_value("Paygent Settings", None, "adjustment_item")
	return chosen or _make_service_item(ADJUSTMENTS, None)


def credits_item() -> str:
	"""The item for credits that are bought or drawn. ERPNext remembers an income account for it, which must
	never become that of other lines.
	"""
	return _make_service_item(CREDITS, None)


def _make_service_item(code: str, hsn: str | None) -> str:
	if frappe.db.exists("Item", code):
		return code
	item = frappe.new_doc("Item")
	item.update(
		{
			"item_code": code,
			"item_name": code,
			"item_group": _service_group(),
			"stock_uom": _unit(),
			"is_stock_item": 0,
			"is_purchase_item": 0,
			"include_item_in_manufacturing": 0,
		}
	)
	if hsn and item.meta.has_field("gst_hsn_code"):
		item.gst_hsn_code = hsn
	item.flags.ignore_permissions = True  # below the permission check for the agent or order that needs it
	return item.insert().name


def _service_group() -> str:
	group = frappe.db.get_value("Item Group", {"name": "Services", "is_group": 0})
	group = group or frappe.db.get_value("Item Group", {"is_group": 0}, order_by="creation asc")
	return group or frappe.throw(_("Complete ERPNext's setup wizard first: there is no item group yet."))


def _unit() -> str:
	unit = frappe.db.get_value("UOM", {"name": ["in", ["Nos", "Unit"]]}, order_by="name asc")
	return unit or frappe.throw(_("Complete ERPNext's setup wizard first: there is no unit of measure yet."))
