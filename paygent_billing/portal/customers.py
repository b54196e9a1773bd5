"""Whose documents a user of the portal may see."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.invoices.stored_pdf import is_billing_invoice


def customers_of(user: str) -> list[str]:
	"""The customers whose portal user this is, as their forms name them; nobody's for a guest."""
	if user == "Guest":
		return []
	filters = {"user": user, "parenttype": "Customer"}
	return frappe.get_all("Portal User", filters=filters, pluck="parent", order_by="parent asc")


def own_wallet(name: str) -> str:
	"""The wallet's name, when it belongs to a customer of the user. Another's and none are told alike."""
	customers = customers_of(frappe.session.user)
	customer = frappe.db.get_value("Prepaid Wallet", name, "customer") if isinstance(name, str) else None
	if customer is None or customer not in customers:
		frappe.throw(_("You have no such wallet."), frappe.PermissionError)
	return name


def may_see_invoice(doc: Document, ptype: str, user: str, verbose: bool = False) -> bool:
	"""Frappe's hook `has_website_permission`, asked after ERPNext's own: customers see no drafts of ours,
	though the name of the one in grace is easily guessed.
	"""
	return bool(doc.docstatus or not is_billing_invoice(doc))
