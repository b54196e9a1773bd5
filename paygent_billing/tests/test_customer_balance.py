"""What lies on a customer's account settles what is open, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from paygent_billing.services.billing.scheduler import bill_job
from paygent_billing.services.invoices.balance import JOB, apply_balances, apply_job
from paygent_billing.services.invoices.line import WrittenLine
from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.replay.books import company_for
from paygent_billing.tests.factories import (
	PLATFORM,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
)
from paygent_billing.tests.invoices import DUE_LATER, invoice, one_off, status_of
from paygent_billing.tests.site_case import SiteTestCase, utc

PAID_ON = date(2026, 1, 10)


class TestCustomerBalance(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer = make_customer()
		_set(True)

	def _issue(self, amount: str = "99", issued_on: date = date(2026, 1, 1)) -> str:
		line = WrittenLine("Work", Decimal(amount))
		return open_invoice(
			make_one_off(one_off(line, customer=self.customer, issued_on=issued_on, due_date=DUE_LATER))
		)

	def _pay(self, amount: float, on: str = "2026-01-05") -> str:
		"""A payment without an invoice, as the bank's statement brings it."""
		company = company_for("USD")
		payment = frappe.new_doc("Payment Entry")
		payment.update({"payment_type": "Receive", "party_type": "Customer", "party": self.customer})
		payment.update(
			{"company": company, "posting_date": on, "paid_amount": amount, "received_amount": amount}
		)
		payment.paid_from = frappe.get_cached_value("Company", company, "default_receivable_account")
		payment.paid_to = frappe.get_cached_value("Company", company, "default_bank_account")
		payment.update({"reference_no": "from the bank", "reference_date": on})
		payment.setup_party_account_field()
		payment.set_missing_values()
		payment.submit()
		return payment.name

	def test_an_overpayment_settles_the_next_invoice(self) -> None:
		first = self._issue()
		record_payment(first, Decimal(150), on=PAID_ON)
		second = self._issue("51")
		self.assertEqual((status_of(second), invoice(second).outstanding_amount), ("paid", 0.0))
		receipt = frappe.get_doc("Billing Receipt", {"sales_invoice": second})
		self.assertEqual(json.loads(receipt.snapshot)["payments"][0]["amount"], "51.00")

	def test_one_that_the_credit_does_not_cover_stays_open_until_more_arrives(self) -> None:
		first = self._issue()
		record_payment(first, Decimal(120), on=PAID_ON)
		second = self._issue()
		self.assertEqual((status_of(second), invoice(second).outstanding_amount), ("open", 78.0))
		third = self._issue("10")
		record_payment(third, Decimal(100), on=PAID_ON)
		self.assertEqual((status_of(third), status_of(second)), ("paid", "paid"))
		self.assertEqual(self._unallocated(), 12.0)

	def test_the_oldest_money_settles_the_oldest_invoice(self) -> None:
		newer, older = self._issue(issued_on=date(2026, 2, 1)), self._issue(issued_on=date(2026, 1, 1))
		late, early = self._pay(60, "2026-03-05"), self._pay(50, "2026-03-01")
		frappe.db.commit()
		self.assertEqual(apply_job(self.customer, company_for("USD")), [older, newer])
		self.assertEqual((status_of(older), invoice(newer).outstanding_amount), ("paid", 88.0))
		self.assertEqual(_allocated(early), {older: 50.0})
		self.assertEqual(_allocated(late), {older: 49.0, newer: 11.0})

	def test_a_credit_note_settles_another_invoice_and_is_used_up(self) -> None:
		paid = self._issue("40")
		mark_as_paid(paid, on=PAID_ON)
		note = make_sales_return(paid)
		note.update({"update_outstanding_for_self": 1, "posting_date": "2026-01-12", "set_posting_time": 1})
		note.submit()
		self.assertEqual(invoice(note.name).outstanding_amount, -40.0)
		following = self._issue()
		self.assertEqual((status_of(following), invoice(following).outstanding_amount), ("open", 59.0))
		self.assertEqual(invoice(note.name).outstanding_amount, 0.0)

	def test_money_that_comes_in_by_another_door_is_applied_by_a_job_after_its_commit(self) -> None:
		name = self._issue()
		with _queued() as jobs:
			self._pay(99)
		self.assertEqual([(job["method"], job["customer"]) for job in jobs], [(JOB, self.customer)])
		self.assertTrue(jobs[0]["enqueue_after_commit"])
		frappe.db.commit()
		self.assertEqual(apply_job(self.customer, company_for("USD")), [name])
		self.assertEqual(status_of(name), "paid")

	def test_an_order_is_billed_and_its_invoice_is_settled_after_the_run(self) -> None:
		self._pay(120)
		agent = make_agent({**PLATFORM, "credits": 50})
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer)
		frappe.db.commit()
		bill_job([order], utc(2026, 1, 1).isoformat())
		self.assertEqual(status_of(invoices_of(order)[0].name), "paid")
		wallet = {"customer": self.customer}
		self.assertEqual(frappe.db.get_value("Prepaid Wallet", wallet, ["available", "pending"]), (50.0, 0.0))

	def test_credits_come_with_an_invoice_that_a_credit_note_of_another_one_pays(self) -> None:
		paid = self._issue("99")
		mark_as_paid(paid, on=PAID_ON)
		note = make_sales_return(paid)
		note.update({"update_outstanding_for_self": 1, "posting_date": "2026-01-12", "set_posting_time": 1})
		note.submit()
		agent = make_agent({**PLATFORM, "credits": 50})
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=self.customer)
		frappe.db.commit()
		bill_job([order], utc(2026, 1, 1).isoformat())
		self.assertEqual(status_of(invoices_of(order)[0].name), "paid")
		wallet = {"customer": self.customer}
		self.assertEqual(frappe.db.get_value("Prepaid Wallet", wallet, ["available", "pending"]), (50.0, 0.0))

	def test_switched_off_it_leaves_all_to_people(self) -> None:
		_set(False)
		name = self._issue()
		with _queued() as jobs:
			self._pay(99)
		frappe.db.commit()
		self.assertEqual((jobs, apply_balances(), apply_job(self.customer, company_for("USD"))), ([], [], []))
		self.assertEqual((status_of(name), self._unallocated()), ("open", 99.0))
		_set(True)
		frappe.db.commit()
		self.assertIn(name, apply_balances())

	def test_invoices_of_the_site_that_are_not_ours_are_left_alone(self) -> None:
		own = frappe.copy_doc(invoice(self._issue()), ignore_no_copy=False)
		own.update({"docstatus": 0, "due_date": "2035-12-30"})
		own.submit()
		ours = self._issue("20")
		record_payment(ours, Decimal(70), on=PAID_ON)
		self.assertEqual(invoice(own.name).outstanding_amount, 99.0)

	def test_one_account_that_cannot_be_settled_does_not_stop_the_others(self) -> None:
		bad, good = make_customer(), self.customer
		name = self._issue()
		self._pay(99)
		self.customer = bad
		poisoned = self._issue()
		payment = self._pay(99)
		frappe.db.set_value("Payment Entry", payment, "paid_to", "No such account")
		frappe.db.commit()
		settled = apply_balances()
		self.assertIn(name, settled)
		self.assertNotIn(poisoned, settled)
		self.assertTrue(frappe.db.exists("Error Log", {"method": f"Balance of {bad}"}))
		self.assertEqual((status_of(poisoned), good != bad), ("open", True))
		frappe.db.set_value("Payment Entry", payment, "unallocated_amount", 0)
		frappe.db.commit()

	def _unallocated(self) -> float:
		payments = {"party": self.customer, "docstatus": 1}
		return sum(
			frappe.get_all("Payment Entry", filters=payments, pluck="unallocated_amount", order_by="name")
		)


def _allocated(payment: str) -> dict[str, float]:
	rows = frappe.get_doc("Payment Entry", payment).references
	return {row.reference_name: row.allocated_amount for row in rows}


def _set(is_on: bool) -> None:
	frappe.db.set_single_value("Paygent Settings", "apply_customer_balance", int(is_on))


@contextmanager
def _queued() -> Iterator[list[dict[str, object]]]:
	"""The jobs that are put into the queue meanwhile."""
	jobs: list[dict[str, object]] = []
	enqueue, frappe.enqueue = (
		frappe.enqueue,
		lambda method, **values: jobs.append({"method": method, **values}),
	)
	try:
		yield jobs
	finally:
		frappe.enqueue = enqueue
