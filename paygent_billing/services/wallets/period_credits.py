"""Credits that come with a billing period: for which invoice they wait, and whether that is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import frappe

from paygent_billing.core.invoicing import (
	BillingStep,
	OrderPosition,
	OrderTerms,
	PeriodCredits,
	period_credits,
)
from paygent_billing.core.money import EXACT, total_of
from paygent_billing.services.numbers import exact
from paygent_billing.services.wallets.settle import last_settlement


class Standing(str, Enum):
	"""What an invoice means for the credits that belong to it: they are for use, they wait, or there are
	none.
	"""

	PAID = "paid"
	OPEN = "open"
	GONE = "gone"


@dataclass(frozen=True)
class ComingCredits:
	"""Credits to grant, with the invoice of their fee; None where nothing was to be paid."""

	credits: PeriodCredits
	invoice: str | None
	is_paid: bool


def lock_fee_invoices(terms: OrderTerms, position: OrderPosition, step: BillingStep) -> None:
	"""Locks the invoices to which credits of the step will belong, in the order in which payments lock: first
	the invoice, then the wallet.
	"""
	found = {invoice_of_fee(terms.id, credits) for credits in period_credits(terms, position, step)}
	for name in sorted(name for name in found if name):
		frappe.db.get_value("Sales Invoice", name, "name", for_update=True)


def coming_credits(order: str, grants: Iterable[PeriodCredits]) -> list[ComingCredits]:
	"""The grants without those whose invoice is void, written off or refunded as a whole."""
	coming = []
	for credits in grants:
		invoice = invoice_of_fee(order, credits)
		invoice, standing = _standing(invoice) if invoice else (None, Standing.PAID)
		if standing is not Standing.GONE:
			coming.append(ComingCredits(credits, invoice, standing is Standing.PAID))
	return coming


def invoice_of_fee(order: str, credits: PeriodCredits) -> str | None:
	"""The newest invoice with the fee to which the credits belong, also a void one; None when none was
	issued.
	"""
	item, invoice = frappe.qb.DocType("Sales Invoice Item"), frappe.qb.DocType("Sales Invoice")
	found = (
		frappe.qb.from_(invoice)
		.join(item)
		.on(item.parent == invoice.name)
		.select(invoice.name)
		.where((invoice.billing_order == order) & (invoice.docstatus > 0) & (invoice.is_return == 0))
		.where((item.order_line == credits.line) & (item.billing_charge == credits.charge))
		.where(item.service_from == credits.fee_from)
		.orderby(invoice.creation, order=frappe.qb.desc)
		.orderby(invoice.name, order=frappe.qb.desc)
		.limit(1)
		.run(pluck=True)
	)
	return found[0] if found else None


def _standing(invoice: str) -> tuple[str, Standing]:
	"""The invoice, or the one that took its place, and how it stands by now; locked until the transaction
	ends.
	"""
	fields = ["docstatus", "outstanding_amount", "grand_total", "replaced_by"]
	row = frappe.db.get_value("Sales Invoice", invoice, fields, as_dict=True, for_update=True)
	if row.docstatus == 2:
		return _standing(row.replaced_by) if row.replaced_by else (invoice, Standing.GONE)
	if exact(row.outstanding_amount) > 0:
		return invoice, Standing.OPEN
	is_gone = _is_refunded(invoice, row) or not last_settlement(invoice).is_money
	return invoice, Standing.GONE if is_gone else Standing.PAID


def _is_refunded(invoice: str, row: frappe._dict) -> bool:
	"""Whether all of the invoice is refunded."""
	filters = {"refund_of": invoice, "docstatus": 1}
	notes = frappe.get_all("Sales Invoice", filters=filters, pluck="grand_total")
	given_back = total_of(EXACT.minus(exact(total)) for total in notes)
	return bool(notes) and given_back == exact(row.grand_total)
