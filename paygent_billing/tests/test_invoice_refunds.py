"""Giving back a paid invoice through the API: whole, in part, by line, paid out or left on the account."""

from __future__ import annotations

import frappe

from paygent_billing.api import invoices as api
from paygent_billing.tests.invoices import invoice, ledger_of, make_invoice_that_is, status_of
from paygent_billing.tests.site_case import SiteTestCase


class TestRefunds(SiteTestCase):
	def test_all_of_it_is_paid_back(self) -> None:
		name = make_invoice_that_is("paid")
		given = api.refund(name, "Cancelled in time", on="2026-01-20")
		note = invoice(given["credit_note"])
		self.assertEqual((note.grand_total, note.remarks, note.refund_of), (-99.0, "Cancelled in time", name))
		self.assertEqual((status_of(note.name), note.outstanding_amount), ("paid", 0.0))
		self.assertEqual(ledger_of(given["payment"]), {"Debtors": 99.0, "Scenario Bank": -99.0})
		with self.assert_refused("is refunded already"):
			api.refund(name, "Again")

	def test_a_part_with_an_amount_and_a_part_by_line(self) -> None:
		name = make_invoice_that_is("paid")
		row = api.values_to_edit(name)["lines"][0]
		self.assertEqual(row["net"], "99.00")
		by_amount = api.refund(name, "A day lost", "9.90")
		by_line = api.refund(name, "Half of it", lines={row["row"]: "40.00"})
		totals = [invoice(given["credit_note"]).grand_total for given in (by_amount, by_line)]
		self.assertEqual(totals, [-9.9, -40.0])
		for values, message in (
			({"amount": "60.00"}, "cannot be refunded like this"),
			({"amount": "9.999"}, "cannot be refunded like this"),
			({"lines": {"none": "1"}}, "has no line none"),
			({"amount": "much"}, "The amount cannot be used"),
		):
			with self.subTest(message), self.assert_refused(message):
				api.refund(name, "Too much", **values)
		self.assertEqual(frappe.db.count("Sales Invoice", {"refund_of": name}), 2)

	def test_a_credit_note_without_paying_back_settles_what_the_customer_owes(self) -> None:
		frappe.db.set_single_value("Paygent Settings", "apply_customer_balance", 1)
		paid = make_invoice_that_is("paid")
		other = make_invoice_that_is("open")
		frappe.db.set_value("Sales Invoice", other, "memo", "Another customer's")
		given = api.refund(paid, "Sorry", "30.00", pays_back=False)
		self.assertEqual((given["payment"], invoice(given["credit_note"]).outstanding_amount), (None, -30.0))
		self.assertEqual((status_of(given["credit_note"]), invoice(other).outstanding_amount), ("open", 99.0))
		values = {
			"customer": invoice(paid).customer,
			"company": invoice(paid).company,
			"lines": [{"description": "Next", "rate": "50"}],
		}
		following = api.one_off(values, is_opened=True)
		self.assertEqual((following["status"], following["due"]), ("open", "20.00"))
		self.assertEqual(status_of(given["credit_note"]), "paid")
