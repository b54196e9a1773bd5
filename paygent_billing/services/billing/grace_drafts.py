"""Which drafts are to be made, written anew or taken away at a moment: asked of the orders themselves."""

from __future__ import annotations

from datetime import datetime

import frappe

from paygent_billing.services.billing.grace_draft import PREFIX, refresh_draft
from paygent_billing.services.billing.retry import start_over
from paygent_billing.services.clock import milliseconds

#: In grace, and without a draft or with one that is older than what the order, its usage and its credits say.
_TO_WRITE = (
	"select orders.name from `tabBilling Order` orders left join `tabSales Invoice` draft"
	" on draft.name = concat(%(prefix)s, orders.name)"
	" where orders.grace_hours > 0 and orders.status in ('Active', 'Paused', 'Ended')"
	" and (orders.has_new_usage = 1 or (orders.next_billing_ms > %(now)s"
	" and orders.next_billing_ms - orders.grace_hours * 3600000 <= %(now)s"
	" and (draft.name is null or draft.modified < orders.modified or exists ("
	"select 1 from `tabWallet Entry` entry join `tabPrepaid Wallet` wallet on wallet.name = entry.wallet"
	" where wallet.customer = orders.customer and wallet.currency = orders.currency"
	" and entry.creation > draft.modified))))"
)
#: Left behind by an order that is not, or no more, in grace; one that is due is replaced by its billing.
_TO_REMOVE = (
	"select orders.name from `tabSales Invoice` draft join `tabBilling Order` orders"
	" on draft.name = concat(%(prefix)s, orders.name) and draft.billing_order = orders.name"
	" where draft.docstatus = 0 and (orders.status = 'Cancelled' or orders.next_billing_ms = 0"
	" or orders.next_billing_ms - orders.grace_hours * 3600000 > %(now)s)"
)


def orders_to_draft(moment: datetime) -> list[str]:
	"""The orders whose draft is missing, old, or left behind at the moment, by name."""
	values = {"prefix": PREFIX, "now": milliseconds(moment)}
	return sorted({row[0] for query in (_TO_WRITE, _TO_REMOVE) for row in frappe.db.sql(query, values)})


def refresh_drafts(moment: datetime) -> None:
	"""Brings the drafts up to date. What is wrong with one order is logged and stops no other."""
	for name in orders_to_draft(moment):
		try:
			refresh_draft(name, moment=moment)
		except Exception:
			start_over()
			frappe.log_error(title=f"Draft of {name}", reference_doctype="Billing Order", reference_name=name)
			frappe.db.commit()
