"""What broke elsewhere around invoices, and must not break here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from paygent_billing.services.invoices.edit import Edit, edit_invoice
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.refund import RefundRequest, refund_invoice
from paygent_billing.services.invoices.uncollectible import mark_uncollectible
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.orders import actions, changes
from paygent_billing.tests.factories import SEATS, bill, invoices_of, lines_of, make_active_order, make_agent
from paygent_billing.tests.invoices import set_write_off_account
from paygent_billing.tests.site_case import SiteTestCase, utc

ON = date(2026, 1, 10)


def _return(name: str, *, for_self: bool) -> None:
	note = make_sales_return(name)
	note.update_outstanding_for_self = int(for_self)
	note.submit()


def _paid_and_refunded(name: str) -> None:
	mark_as_paid(name, on=ON)
	refund_invoice(name, RefundRequest("Sorry"), on=ON)


WHAT_HAPPENS: dict[str, Callable[[str], object]] = {
	"cancelled": lambda name: frappe.get_doc("Sales Invoice", name).cancel(),
	"void": lambda name: void_invoice(name, reason="Wrong"),
	"returned": lambda name: _return(name, for_self=False),
	"credited": lambda name: _return(name, for_self=True),
	"refunded": _paid_and_refunded,
	"written off": lambda name: mark_uncollectible(name, on=ON, reason="Bankrupt"),
	"edited": lambda name: edit_invoice(name, Edit(texts={"memo": "x"}), reason="A typo"),
}


class TestNextPeriod(SiteTestCase):
	def test_whatever_becomes_of_an_invoice_the_next_period_is_billed_once(self) -> None:
		set_write_off_account()
		for word, act in WHAT_HAPPENS.items():
			order = make_active_order(at=utc(2026, 1, 1))
			bill(order, utc(2026, 1, 1))
			act(invoices_of(order)[0].name)
			frappe.db.commit()
			bill(order, utc(2026, 2, 1))
			bill(order, utc(2026, 2, 1, 13))
			starts = [lines_of(row)[0][1] for row in invoices_of(order) if not row.is_return]
			with self.subTest(word):
				self.assertEqual(starts.count("2026-02-01"), 1)
				self.assertEqual(frappe.db.get_value("Billing Order", order, "last_error"), None)

	def test_paying_writing_off_or_crediting_after_the_end_changes_no_order(self) -> None:
		set_write_off_account()
		for act in (
			lambda name: mark_as_paid(name, on=date(2026, 3, 1)),
			lambda name: mark_uncollectible(name, on=date(2026, 3, 1), reason="Bankrupt"),
			lambda name: _return(name, for_self=False),
		):
			order = make_active_order(at=utc(2026, 1, 1))
			bill(order, utc(2026, 1, 1, 9))
			actions.end(order, at=utc(2026, 1, 20))
			frappe.db.commit()
			bill(order, utc(2026, 2, 1))
			before = frappe.db.get_value("Billing Order", order, ["status", "next_billing_ms", "position"])
			act(invoices_of(order)[0].name)
			frappe.db.commit()
			after = frappe.db.get_value("Billing Order", order, ["status", "next_billing_ms", "position"])
			self.assertEqual((after, before[0]), (before, "Ended"))
			self.assertEqual(bill(order, utc(2026, 6, 1)).invoices, ())

	def test_a_void_period_says_so_and_stays_void(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		bill(order, utc(2026, 1, 1))
		void_invoice(invoices_of(order)[0].name, reason="Wrong")
		frappe.db.commit()
		for month in (2, 3):
			bill(order, utc(2026, month, 1))
		states = frappe.get_all(
			"Billing Period", {"billing_order": order}, pluck="state", order_by="start asc"
		)
		self.assertEqual(states, ["Void", "Billed", "Billed"])

	def test_two_upgrades_never_credit_more_than_the_fee_that_was_billed(self) -> None:
		order = make_active_order(
			{"agent": make_agent(SEATS), "seats": 4}, at=utc(2026, 3, 1), start_date=date(2026, 3, 1)
		)
		bill(order, utc(2026, 3, 1, 9))
		for day, seats in ((11, 10), (11, 20), (21, 30)):
			changes.change_line(order, "L1", at=utc(2026, 3, day), seats=seats)
			frappe.db.commit()
		bill(order, utc(2026, 4, 1))
		march, april = invoices_of(order)
		self.assertEqual(lines_of(march), [("seats", "2026-03-01", "2026-03-31", 40.0)])
		self.assertEqual(
			[(first, amount) for _charge, first, _last, amount in lines_of(april)],
			[
				("2026-03-11", -27.1),  # 21 of 31 days of 40.00
				("2026-03-11", 67.74),
				("2026-03-11", -67.74),
				("2026-03-11", 135.48),
				("2026-03-21", -70.97),  # 11 of 31 days of 200.00
				("2026-03-21", 106.45),
				("2026-04-01", 300.0),
			],
		)
