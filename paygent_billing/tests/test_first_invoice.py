"""An order's first invoice by hand, and the invoice cycle that it begins."""

from __future__ import annotations

from decimal import Decimal

import frappe

from paygent_billing.api import orders as api
from paygent_billing.services import clock
from paygent_billing.services.billing.first_invoice import make_first_invoice
from paygent_billing.services.billing.run import due_orders
from paygent_billing.services.orders import actions
from paygent_billing.services.orders.preview import preview_next_invoice, preview_values
from paygent_billing.services.wallets.expire import expire_without_orders
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	lines_of,
	make_active_order,
	make_agent,
	make_metric,
	make_order,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, day, utc


class TestFirstInvoice(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		line = {"agent": make_agent(PLATFORM, usage_charge(make_metric()))}
		start = {"start_date": "2026-06-01", "first_invoice_by_hand": 1}
		self.order = make_active_order(line, at=utc(2026, 6, 1), **start)

	def make(self, on: str = "2026-06-03", **values: object) -> str | None:
		moment = values.pop("moment", None) or utc(2026, 6, 3)
		return make_first_invoice(self.order, on=day(on), moment=moment, **values)

	def standing(self) -> tuple[object, ...]:
		fields = ["next_billing_ms", "next_billing_date", "invoice_anchor", "billed_on"]
		return frappe.db.get_value("Billing Order", self.order, fields)

	def test_the_scheduler_bills_nothing_until_the_first_invoice_is_made(self) -> None:
		self.assertEqual(self.standing(), (0, None, None, None))
		self.assertNotIn(self.order, due_orders(utc(2036, 1, 1)))
		self.assertEqual(bill(self.order, utc(2026, 6, 5)).periods, 0)
		self.assertEqual(invoices_of(self.order), [])

	def test_the_preview_says_that_it_is_made_by_hand(self) -> None:
		values = preview_values(preview_next_invoice(self.order), today=day("2026-06-05"))
		said = {key: values[key] for key in ("billing_date", "invoice_date", "is_made_by_hand", "is_due")}
		self.assertEqual(
			said,
			{
				"billing_date": "2026-06-01",
				"invoice_date": None,
				"is_made_by_hand": True,
				"is_due": False,
			},
		)
		self.assertEqual(values["total_before_tax"], "99.00")

	def test_service_renews_on_the_first_and_the_next_invoice_is_made_on_the_third(self) -> None:
		first = frappe.get_doc("Sales Invoice", self.make(memo="As agreed with Ms Baker"))
		self.assertEqual(
			(str(first.posting_date), first.billing_origin, first.memo, "past_due"),
			("2026-06-03", "First by hand", "As agreed with Ms Baker", "past_due"),
		)
		self.assertEqual(lines_of(first), [("platform", "2026-06-01", "2026-06-30", 99.0)])
		third_of_july = clock.midnight_ms(day("2026-07-03"), clock.zone_of("UTC"))
		self.assertEqual(
			self.standing(), (third_of_july, day("2026-07-03"), day("2026-06-03"), day("2026-06-01"))
		)
		record_usage(self.order, 10, "2026-06-30T23:59:59Z")
		record_usage(self.order, 4, "2026-07-01T00:00:00Z")
		self.assertEqual(bill(self.order, utc(2026, 7, 2, 23, 59)).periods, 0)
		self.assertEqual(bill(self.order, utc(2026, 7, 3, 0)).periods, 1)
		second = invoices_of(self.order)[1]
		self.assertEqual((str(second.posting_date), second.billing_origin), ("2026-07-03", "Order"))
		self.assertEqual(
			sorted(lines_of(second)),
			[("platform", "2026-07-01", "2026-07-31", 99.0), ("usage", "2026-06-01", "2026-06-30", 5.0)],
		)
		self.assertEqual(str(self.standing()[1]), "2026-08-03")

	def test_three_months_without_a_run_bill_each_missed_invoice_once(self) -> None:
		self.make()
		outcome = bill(self.order, utc(2026, 9, 10))
		self.assertEqual((outcome.periods, bill(self.order, utc(2026, 9, 10)).periods), (3, 0))
		self.assertEqual(
			[lines_of(invoice)[0][1] for invoice in invoices_of(self.order)],
			["2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"],
		)

	def test_the_closing_invoice_is_made_on_the_invoice_day_after_the_end(self) -> None:
		self.make()
		bill(self.order, utc(2026, 7, 3))
		record_usage(self.order, 10, "2026-07-10T10:00:00Z")
		actions.end(self.order, at=utc(2026, 7, 20))
		self.assertEqual(str(self.standing()[1]), "2026-08-03")
		self.assertEqual(bill(self.order, utc(2026, 8, 2)).periods, 0)
		self.assertEqual(bill(self.order, utc(2026, 8, 3)).periods, 1)
		self.assertEqual(lines_of(invoices_of(self.order)[2]), [("usage", "2026-07-01", "2026-07-20", 5.0)])
		self.assertEqual(frappe.db.get_value("Billing Order", self.order, "status"), "Ended")

	def test_a_paused_order_can_have_its_first_invoice_and_goes_on_when_resumed(self) -> None:
		actions.pause(self.order, at=utc(2026, 6, 11))
		frappe.db.commit()
		invoice = self.make("2026-06-12", moment=utc(2026, 6, 12))
		self.assertEqual(
			lines_of(frappe.get_doc("Sales Invoice", invoice)),
			[("platform", "2026-06-01", "2026-06-10", 33.0)],
		)
		actions.resume(self.order, at=utc(2026, 6, 21))
		self.assertEqual(str(self.standing()[1]), "2026-07-12")

	def test_refusals_say_why_and_change_nothing(self) -> None:
		before = self.standing()
		for on, message in (
			("2026-05-31", "Its first invoice cannot be of a day before that"),
			("2026-06-04", "2026-06-04 has not come yet"),
		):
			with self.subTest(on=on), self.assert_refused(message):
				self.make(on)
		with self.assert_refused("A memo has at most 240 characters"):
			self.make(memo="x" * 241)
		self.assertEqual((self.standing(), invoices_of(self.order)), (before, []))

	def test_it_is_made_once(self) -> None:
		self.make()
		with self.assert_refused("has its first invoice since 2026-06-03"):
			self.make()
		self.assertEqual(len(invoices_of(self.order)), 1)

	def test_an_order_that_bills_by_itself_or_is_a_draft_has_none(self) -> None:
		for order, message in (
			(make_active_order(at=utc(2026, 1, 1)), "makes its first invoice by itself"),
			(make_order(first_invoice_by_hand=1).name, "Only an order that was activated is billed"),
		):
			frappe.db.commit()
			with self.subTest(message), self.assert_refused(message):
				make_first_invoice(order, on=day("2026-01-01"), moment=utc(2026, 1, 1))
			self.assertEqual(invoices_of(order), [])

	def test_whoever_may_not_issue_invoices_is_refused(self) -> None:
		for user in ("Guest", self._sales_user()):
			with self.subTest(user), self.assert_refused("", frappe.PermissionError):
				frappe.set_user(user)
				self.make()
			frappe.set_user("Administrator")
		self.assertEqual(invoices_of(self.order), [])

	def test_neither_the_check_nor_the_anchor_is_edited_by_hand(self) -> None:
		for field, value in (("first_invoice_by_hand", 0), ("invoice_anchor", "2026-06-20")):
			order = frappe.get_doc("Billing Order", self.order)
			order.set(field, value)
			with self.subTest(field), self.assert_refused("cannot be edited"):
				order.save()
		draft = make_order(first_invoice_by_hand=1, invoice_anchor="2026-06-20")
		self.assertEqual(draft.invoice_anchor, None)

	def test_usage_alone_makes_no_first_invoice_but_begins_the_cycle(self) -> None:
		line = {"agent": make_agent(usage_charge(make_metric()))}
		values = {"start_date": "2026-06-01", "first_invoice_by_hand": 1}
		self.order = make_active_order(line, at=utc(2026, 6, 1), **values)
		self.assertEqual(self.make(), None)
		self.assertEqual([str(value) for value in self.standing()[1:3]], ["2026-07-03", "2026-06-03"])

	def test_credits_wait_for_the_usage_of_an_order_that_waits(self) -> None:
		"""F24: nobody's credits expire while usage is still to be billed from them."""
		customer = frappe.db.get_value("Billing Order", self.order, "customer")
		wallet = frappe.new_doc("Prepaid Wallet")
		wallet.update({"customer": customer, "currency": "USD"})
		wallet.insert()
		credits = NewCredits(customer, "USD", Decimal(10), day("2026-06-10"))
		grant_credits(credits, reason="Trial", on=day("2026-06-01"))
		frappe.db.commit()
		expire_without_orders(day("2026-06-20"))
		self.assertEqual(frappe.db.get_value("Prepaid Wallet", wallet.name, "available"), 10.0)

	def test_over_the_api_the_date_is_today_unless_it_is_said(self) -> None:
		answer = api.make_first_invoice(self.order, on="2026-06-03", memo="")
		self.assertEqual(
			(answer["invoice"], str(answer["invoice_anchor"]), str(answer["next_billing_date"])),
			(invoices_of(self.order)[0].name, "2026-06-03", "2026-07-03"),
		)
		with self.assert_refused("3 June is no date"):
			api.make_first_invoice(self.order, on="3 June")

	def _sales_user(self) -> str:
		user = frappe.new_doc("User")
		email = f"{frappe.generate_hash(length=8)}@example.com"
		user.update({"email": email, "first_name": "Sales", "send_welcome_email": 0})
		user.append("roles", {"role": "Sales Manager"})
		user.insert()
		frappe.db.commit()
		return email
