"""A customer buys credits, in the desk or over the API."""

from __future__ import annotations

from datetime import date

import frappe

from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.services.wallets.top_up import top_up


def buy_credits(credits: NewCredits, company: str, *, on: date) -> str:
	"""Issues the top-up invoice for a user who may make invoices for the customer; its name."""
	frappe.has_permission("Sales Invoice", "create", throw=True)
	frappe.has_permission("Sales Invoice", "submit", throw=True)
	frappe.has_permission("Customer", "read", doc=credits.customer, throw=True)
	frappe.has_permission("Company", "read", doc=company, throw=True)
	return top_up(credits, company, on=on)
