"""A void period is billed again once, and only when somebody asks for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.api import invoices as api
from paygent_billing.services.invoices.payment import mark_as_paid
from paygent_billing.services.invoices.rebill import rebill_invoice
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.orders import changes
from paygent_billing.services.usage.billed_line import usage_lines_of
from paygent_billing.services.usage.evidence import evidence_of
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
	record_usage,
	usage_charge,
)
from paygent_billing.tests.invoice_issuers import Issuers
from paygent_billing.tests.invoices import invoice, make_invoice_that_is, status_of
from paygent_billing.tests.site_case import SiteTestCase, utc

AGAIN = date(2026, 2, 20)
FEBRUARY = [
	("usage", "2026-01-01", "2026-01-31", 40.0),
	("platform", "2026-02-01", "2026-02-28", 99.0),
]


class TestRebill(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		self.order = make_active_order(
			{"agent": agent, "rollover": "All"}, at=utc(2026, 1, 1), payment_due_days=3650
		)
		self.customer = frappe.db.get_value("Billing Order", self.order, "customer")
		bill(self.order, utc(2026, 1, 1))
		record_usage(self.order, 40, "2026-01-10T00:00:00Z")
		bill(self.order, utc(2026, 2, 1))
		self.void = invoices_of(self.order)[1].name

	def _void(self) -> None:
		void_invoice(self.void, reason="Wrong address")
		frappe.db.commit()

	def _rebill(self) -> str:
		name = rebill_invoice(self.void, on=AGAIN)
		frappe.db.commit()
		return name

	def _balance(self) -> tuple[float, float]:
		return frappe.db.get_value("Prepaid Wallet", {"customer": self.customer}, ["available", "pending"])

	def test_nothing_is_billed_again_by_itself(self) -> None:
		self._void()
		self.assertEqual(bill(self.order, utc(2026, 2, 2)).invoices, ())
		bill(self.order, utc(2026, 3, 1))
		self.assertEqual(
			[lines_of(row)[-1][1] for row in invoices_of(self.order)], ["2026-01-01", "2026-03-01"]
		)

	def test_it_has_the_usage_and_the_fees_of_its_period(self) -> None:
		self._void()
		new = invoice(self._rebill())
		self.assertEqual(lines_of(new), FEBRUARY)
		self.assertEqual((str(new.posting_date), new.billing_order), ("2026-02-20", self.order))
		self.assertEqual((new.items[0].billed_quantity, new.items[0].unit_price), (40.0, 1.0))
		self.assertEqual(invoice(self.void).replaced_by, new.name)
		period = frappe.get_doc("Billing Period", {"sales_invoice": new.name})
		self.assertEqual((period.state, period.sequence), ("Billed", -1))
		claimed = frappe.db.get_value("Usage Event", {"customer": self.customer}, "billing_period")
		self.assertEqual((claimed, period.rebills), (claimed, claimed))
		self.assertEqual(frappe.db.get_value("Billing Period", claimed, "state"), "Billed again")

	def test_its_usage_line_still_proves_what_it_was_billed_from(self) -> None:
		self._void()
		for name in (self._rebill(), self.void):
			line = usage_lines_of(name)[0]
			self.assertEqual((line.events, evidence_of(line).hash), (1, line.hash))

	def test_once_only(self) -> None:
		self._void()
		self.assertEqual(api.standing(self.void)["actions"], ["rebill"])
		new = self._rebill()
		self.assertEqual(api.standing(self.void)["actions"], [])
		with self.assert_refused(f"was billed again already, on {new}"):
			rebill_invoice(self.void, on=AGAIN)
		self.assertEqual(len(invoices_of(self.order)), 2)

	def test_a_second_void_can_be_billed_a_third_time(self) -> None:
		self._void()
		second = self._rebill()
		void_invoice(second, reason="Again wrong")
		third = rebill_invoice(second, on=AGAIN)
		self.assertEqual(lines_of(invoice(third)), FEBRUARY)
		self.assertEqual(frappe.db.get_value("Billing Period", {"sales_invoice": third}, "sequence"), -2)

	def test_four_who_ask_at_once_get_one_invoice(self) -> None:
		self._void()
		answers = Issuers("rebill", [[self.void]] * 4).run()
		frappe.db.rollback()
		self.assertEqual([answer.startswith("done") for answer in sorted(answers)].count(True), 1)
		self.assertEqual(len(invoices_of(self.order)), 2)

	def test_the_credits_that_the_fee_grants_come_with_it_and_are_released_by_its_payment(self) -> None:
		self._void()
		self.assertEqual(self._balance(), (0.0, 50.0))
		new = self._rebill()
		self.assertEqual(self._balance(), (0.0, 100.0))
		mark_as_paid(new, on=AGAIN)
		self.assertEqual(self._balance(), (50.0, 50.0))

	def test_credits_are_drawn_from_what_the_customer_has_now(self) -> None:
		self._void()
		grant_credits(NewCredits(self.customer, "USD", Decimal(15)), reason="Sorry", on=date(2026, 2, 10))
		new = self._rebill()
		self.assertEqual(lines_of(invoice(new)), [*FEBRUARY, ("credits", "None", "None", -15.0)])
		self.assertEqual(self._balance(), (0.0, 100.0))

	def test_late_usage_of_the_period_is_billed_once_on_the_next_invoice(self) -> None:
		self._void()
		self._rebill()
		record_usage(self.order, 5, "2026-01-20T00:00:00Z")
		bill(self.order, utc(2026, 3, 1))
		march = invoices_of(self.order)[-1]
		self.assertEqual(
			lines_of(march),
			[("usage", "2026-01-01", "2026-01-31", 5.0), ("platform", "2026-03-01", "2026-03-31", 99.0)],
		)

	def test_only_a_void_invoice_of_an_order_has_a_period(self) -> None:
		with self.assert_refused("'Re-bill' is only for invoices that are void"):
			rebill_invoice(self.void, on=AGAIN)
		one_off = make_invoice_that_is("void")
		with self.assert_refused("bills no period that could be billed again"):
			rebill_invoice(one_off, on=AGAIN)
		self.assertEqual((status_of(self.void), len(invoices_of(self.order))), ("open", 2))


class TestRebillOfDiscountsAndCarries(SiteTestCase):
	def test_what_was_carried_over_comes_along_unless_another_invoice_has_it(self) -> None:
		for is_billed_before in (False, True):
			order = _order_with_a_carried_amount()
			february = invoices_of(order)[1]
			self.assertIn(("carry_forward", "None", "None", -51.0), lines_of(february))
			void_invoice(february.name, reason="Wrong")
			frappe.db.commit()
			if is_billed_before:
				bill(order, utc(2026, 3, 1))
				self.assertIn(("carry_forward", "None", "None", -51.0), lines_of(invoices_of(order)[-1]))
			again = rebill_invoice(february.name, on=AGAIN)
			frappe.db.commit()
			carried = [line for line in lines_of(invoice(again)) if line[0] == "carry_forward"]
			with self.subTest(is_billed_before):
				self.assertEqual(
					carried, [] if is_billed_before else [("carry_forward", "None", "None", -51.0)]
				)

	def test_a_discount_that_was_over_is_not_given_again(self) -> None:
		order = make_active_order(
			at=utc(2026, 1, 1), discount_type="Percent", discount_value=10, discount_periods=1
		)
		bill(order, utc(2026, 2, 1))
		for number, expected in ((0, 89.1), (1, 99.0)):
			old = invoices_of(order)[0].name
			self.assertEqual(invoice(old).grand_total, expected)
			void_invoice(old, reason="Wrong")
			with self.subTest(number):
				self.assertEqual(invoice(rebill_invoice(old, on=AGAIN)).grand_total, expected)


def _order_with_a_carried_amount() -> str:
	"""January takes 150 off a fee of 99; February carries the rest."""
	order = make_active_order({"agent": make_agent(PLATFORM)}, at=utc(2026, 1, 1), payment_due_days=3650)
	changes.add_one_off(order, "Goodwill", Decimal(-150), at=utc(2026, 1, 1))
	frappe.db.commit()
	bill(order, utc(2026, 1, 1))
	bill(order, utc(2026, 2, 1))
	return order
