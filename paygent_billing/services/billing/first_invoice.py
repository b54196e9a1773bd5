"""The first invoice of an order that wants it made by hand: its date begins the invoice cycle."""

from __future__ import annotations

from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import next_step
from paygent_billing.services.billing.bill_order import NEVER_BILLED, bill_for_now
from paygent_billing.services.billing.claim import BilledElsewhere
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.billing.run import is_billing_stopped, prepare_series
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.numbers import day
from paygent_billing.services.orders.terms import position_of, terms_of
from paygent_billing.services.orders.write import OrderChanged

ORIGIN = "First by hand"
MOST_CHARACTERS_OF_MEMO = 240


def make_first_invoice(name: str, *, on: date, moment: datetime, memo: str | None = None) -> str | None:
	"""Issues the order's first invoice with that date and returns it; None when its lines are all zero.

	From then on the order is billed by itself, each time on the invoice cycle's first day on or after its
	billing date. Commits; what the caller has not committed is rolled back.
	"""
	frappe.get_doc("Billing Order", name).check_permission("write")
	frappe.has_permission("Sales Invoice", "submit", throw=True)
	if memo and len(memo) > MOST_CHARACTERS_OF_MEMO:
		frappe.throw(_("A memo has at most {0} characters.").format(MOST_CHARACTERS_OF_MEMO))
	if is_billing_stopped():
		frappe.throw(_("All billing runs are stopped in Paygent Settings."))
	prepare_series()
	return with_retry(lambda: _make(name, on, moment, memo))


def _make(name: str, on: date, moment: datetime, memo: str | None) -> str | None:
	frappe.db.rollback()
	order = frappe.get_doc("Billing Order", name)
	_check(order, on, moment)
	order.invoice_anchor = on
	step = next_step(terms_of(order), position_of(order))
	if step is None:
		frappe.throw(_("{0} has no day of service, so there is nothing to bill.").format(name))
	try:
		invoice = bill_for_now(order, step, on, origin=ORIGIN).invoice
	except (BilledElsewhere, OrderChanged):
		frappe.db.rollback()
		frappe.throw(_("{0} is being billed or changed by somebody else. Look at it again.").format(name))
	frappe.db.set_value("Billing Order", name, "invoice_anchor", on, update_modified=False)
	if invoice and memo:
		frappe.db.set_value("Sales Invoice", invoice, "memo", memo, update_modified=False)
	record_event("order.first_invoice_made", order, happened_on=on, sales_invoice=invoice)
	frappe.db.commit()
	return invoice


def _check(order: Document, on: date, moment: datetime) -> None:
	if not order.first_invoice_by_hand:
		frappe.throw(_("{0} makes its first invoice by itself.").format(order.name))
	if order.invoice_anchor:
		frappe.throw(_("{0} has its first invoice since {1}.").format(order.name, order.invoice_anchor))
	if order.status in NEVER_BILLED:
		frappe.throw(
			_("{0} is {1}. Only an order that was activated is billed.").format(order.name, _(order.status))
		)
	if on < day(order.start_date):
		frappe.throw(
			_("{0} starts on {1}. Its first invoice cannot be of a day before that.").format(
				order.name, order.start_date
			)
		)
	if on > today_in(zone_of(order.time_zone), moment):
		frappe.throw(_("{0} has not come yet. Choose a day up to today.").format(on))
