"""Invoices that somebody in accounts writes by hand, through the API."""

from __future__ import annotations

import frappe

from paygent_billing.api import invoices as api
from paygent_billing.services.replay.books import company_for
from paygent_billing.tests.factories import make_customer, unique
from paygent_billing.tests.invoices import invoice, ledger_of, one_off
from paygent_billing.tests.site_case import SiteTestCase

LINES = [
	{"description": "Workshop <b>", "quantity": "3", "rate": "33.335"},
	{
		"description": "Hosting",
		"rate": "10",
		"first_day": "2026-01-01",
		"last_day": "2026-01-31",
		"hsn": "998315",
	},
]


class TestOneOff(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		one_off()
		self.company = company_for("USD")
		self.account = _tax_account(self.company)

	def _values(self, **values: object) -> dict[str, object]:
		return {
			"customer": make_customer(),
			"company": self.company,
			"currency": "USD",
			"date": "2026-01-01",
			"due_date": "2035-12-30",
			"lines": LINES,
			**values,
		}

	def test_a_draft_and_one_that_is_opened_at_once(self) -> None:
		values = self._values(memo="Ask Tom", contract_id="C-1", notes="Thank you")
		draft = api.one_off(values)
		self.assertEqual((draft["status"], draft["due"], draft["is_issued"]), ("draft", "110.01", False))
		issued = api.one_off(values, is_opened=True)
		self.assertEqual((issued["status"], issued["due"], issued["is_issued"]), ("open", "110.01", True))
		found = invoice(issued["name"])
		self.assertEqual((found.billing_origin, found.memo, found.contract_id), ("One-off", "Ask Tom", "C-1"))
		self.assertEqual((found.remarks, str(found.due_date)), ("Thank you", "2035-12-30"))
		self.assertEqual([row.amount for row in found.items], [100.01, 10.0])
		self.assertEqual((found.items[0].billed_quantity, found.items[0].unit_price), (3.0, 33.335))
		self.assertIn("Workshop &lt;b&gt;", found.items[0].description)
		self.assertEqual(
			(found.items[1].gst_hsn_code, str(found.items[1].service_to)), ("998315", "2026-01-31")
		)

	def test_the_total_while_typing_is_the_total_of_the_invoice(self) -> None:
		values = self._values(discount="10.00", tax="7.77", tax_account=self.account)
		told = api.one_off_totals(values)
		self.assertEqual(told["lines"], ["100.01", "10.00"])
		self.assertEqual((told["subtotal"], told["discount"], told["total"]), ("110.01", "10.00", "107.78"))
		self.assertEqual([tax["amount"] for tax in told["taxes"]], ["7.77"])
		self.assertEqual(frappe.db.count("Sales Invoice", {"customer": values["customer"]}), 0)
		issued = api.one_off(values, is_opened=True)
		self.assertEqual(issued["due"], told["total"])
		booked = ledger_of(issued["name"])
		self.assertEqual((booked["Debtors"], booked["Sales"]), (107.78, -100.01))

	def test_a_tax_template_is_computed_after_the_discount(self) -> None:
		template = _template(self.company, self.account, 20)
		told = api.one_off_totals(self._values(discount="10.01", tax_template=template))
		self.assertEqual(([tax["amount"] for tax in told["taxes"]], told["total"]), (["20.00"], "120.00"))

	def test_yen_has_no_decimals(self) -> None:
		frappe.db.set_value("Currency", "JPY", {"enabled": 1, "number_format": "#,###"})
		company = company_for("JPY")
		lines = [{"description": "Work", "quantity": "3", "rate": "33.5"}]
		values = self._values(company=company, currency="JPY", lines=lines)
		self.assertEqual(api.one_off_totals(values)["total"], "101")

	def test_what_makes_no_invoice_is_refused_and_nothing_is_kept(self) -> None:
		before = frappe.db.count("Sales Invoice")
		for values, message in (
			({"customer": "Nobody"}, "Nobody is no Customer"),
			({"lines": []}, "needs at least one line"),
			({"lines": [{"description": " ", "rate": "1"}]}, "needs a description"),
			({"lines": [{"description": "x", "rate": 1.5}]}, "is not an exact number"),
			({"lines": [{"description": "x", "rate": "1e40"}]}, "too large"),
			({"lines": [{"description": "x", "rate": "1", "quantity": "0"}]}, "must be more than 0"),
			(
				{"lines": [{"description": "x", "rate": "1", "first_day": "2026-01-01"}]},
				"first and its last day",
			),
			({"lines": [{"description": "x", "price": "1"}]}, "no value of the name price"),
			({"discount": "1.005"}, "is no discount in USD"),
			({"discount": "-1"}, "is no discount in USD"),
			({"tax": "-1"}, "is no tax in USD"),
			({"due_date": "2025-12-31"}, "must not lie before 2026-01-01"),
			({"due_date": "soon"}, "soon is no date"),
			({"tax_template": "None such"}, "is no tax template of"),
			({"memo": {"a": 1}}, "memo must be a text"),
		):
			with self.subTest(message), self.assert_refused(message):
				api.one_off(self._values(**values), is_opened=True)
			self.assertEqual(frappe.db.count("Sales Invoice"), before)

	def test_who_may_make_no_invoice_makes_none(self) -> None:
		values = self._values()
		user = frappe.new_doc("User")
		user.update({"email": f"{unique('u').replace(' ', '')}@example.com", "first_name": "Test"})
		user.append("roles", {"role": "Sales User"})
		frappe.set_user(user.insert().name)
		for act in (api.one_off, api.one_off_totals):
			with self.assertRaises(frappe.PermissionError):
				act(values)
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.count("Sales Invoice", {"customer": values["customer"]}), 0)


def _tax_account(company: str) -> str:
	return frappe.db.get_value("Account", {"company": company, "account_type": "Tax", "is_group": 0})


def _template(company: str, account: str, rate: float) -> str:
	template = frappe.new_doc("Sales Taxes and Charges Template")
	template.update({"title": unique("VAT"), "company": company})
	row = {"charge_type": "On Net Total", "account_head": account, "description": "VAT", "rate": rate}
	template.append("taxes", row)
	return template.insert().name
