"""An issued invoice that must say something else: it is cancelled, and another takes its place."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe.model.document import Document

from paygent_billing.services.billing.billing_invoice import copy_of
from paygent_billing.services.events import record_invoice_event
from paygent_billing.services.invoices.fees_in_force import refit_fees
from paygent_billing.services.invoices.number import check_number
from paygent_billing.services.invoices.status import company_today
from paygent_billing.services.numbers import exact

#: What the invoice says of its customer, though the customer's record may say something else by now.
NAMED = ("customer_name", "tax_id")


def replace_invoice(
	old: Document, change: Callable[[Document], None], *, number: str | None, reason: str
) -> str:
	"""Cancels the invoice, issues the changed copy of it, and returns that one's name.

	The copy keeps the place in the order: the period, the usage that it bills, and the credits that it
	granted or drew are its own from now on, and none of them moves.
	"""
	if number:
		check_number(number, old.naming_series)
	copy = copy_of(old)
	copy.flags.row_names = [row.name for row in old.items]
	copy.flags.named_as = {field: old.get(field) for field in NAMED}
	change(copy)
	old.billing_reason = reason
	old.flags.is_being_replaced = True
	old.cancel()
	new = _issue(copy, old, number)
	frappe.db.set_value("Sales Invoice", old.name, "replaced_by", new.name, update_modified=False)
	_take_its_place(old.name, new.name)
	refit_fees(old, new)
	_announce(old, new, reason)
	return new.name


def _issue(copy: Document, old: Document, number: str | None) -> Document:
	copy.update({"amended_from": old.name, "billing_reason": None, "replaced_by": None})
	copy.update({field: old.get(field) for field in ("payment_failed_on", "payment_failure")})
	copy.flags.from_billing = True
	copy.flags.ignore_permissions = True  # below the checks for cancelling and amending
	copy.update({"docstatus": 1, "set_posting_time": 1})
	copy.insert(set_name=number)
	return copy


def _take_its_place(old: str, new: str) -> None:
	for doctype in ("Billing Period", "Wallet Entry", "Credit Lot"):
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table.sales_invoice, new).where(table.sales_invoice == old).run()


def _announce(old: Document, new: Document, reason: str) -> None:
	amount = exact(new.grand_total)
	record_invoice_event(
		"invoice.edited", new, happened_on=company_today(), amount=amount, replaces=old.name, reason=reason
	)
