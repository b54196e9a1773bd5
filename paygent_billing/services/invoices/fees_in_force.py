"""What an edited invoice means for the fees of its order: later credits follow what it says now."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing.edited import BilledFeeKey, with_edited_fees
from paygent_billing.core.invoicing.terms import PERIODIC_FEES
from paygent_billing.core.money import ZERO
from paygent_billing.core.period import Period
from paygent_billing.services.numbers import day, exact
from paygent_billing.services.orders.terms import position_of, position_values

FEES = {kind.value for kind in PERIODIC_FEES}


def refit_fees(old: Document, new: Document) -> None:
	"""Makes the fees of the order cost what the new invoice says, where it differs from the old one."""
	amounts = _changed(old, new)
	if not new.billing_order or not amounts:
		return
	order = frappe.get_doc("Billing Order", new.billing_order, for_update=True)
	before = position_of(order)
	position = with_edited_fees(before, amounts, is_prorated=bool(order.proration))
	if position == before:
		return
	values = {**position_values(order, position), "revision": order.revision + 1}
	frappe.db.set_value("Billing Order", order.name, values, update_modified=False)


def _changed(old: Document, new: Document) -> dict[BilledFeeKey, Decimal]:
	before, now = _fees_on(old), _fees_on(new)
	return {key: now.get(key, ZERO) for key, amount in before.items() if now.get(key, ZERO) != amount}


def _fees_on(invoice: Document) -> dict[BilledFeeKey, Decimal]:
	"""What the invoice bills for each fee and its days. Corrections, which are negative, are no fees."""
	return {
		(row.order_line, row.billing_charge, _days(row)): exact(row.amount)
		for row in invoice.items
		if row.billing_type in FEES and row.amount >= 0 and row.service_from
	}


def _days(row: Document) -> Period:
	return Period(day(row.service_from), day(row.service_to) + timedelta(days=1))
