"""An invoice is taxed on its sum. What the taxes of its lines come to, each rounded, holds no invoice up."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.model.document import Document

from paygent_billing.core.invoicing import Tax
from paygent_billing.services.invoices.line import WrittenLine
from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.replay.books import company_for, tax_template
from paygent_billing.tests.factories import unique
from paygent_billing.tests.invoices import invoice, one_off
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.test_money_edges import one_account_for_all_currencies


class TestTaxOfLines(SiteTestCase):
	def test_yen_whose_taxes_are_all_rounded_up(self) -> None:
		frappe.db.set_value("Currency", "JPY", {"enabled": 1, "number_format": "#,###"})
		issued = _issued(2, "995", "10", company=company_for("JPY"), currency="JPY")
		self.assertEqual(
			(issued.total, issued.total_taxes_and_charges, issued.grand_total), (1990, 199, 2189)
		)
		self.assertEqual(_taxes_of_lines(issued), 199)

	def test_many_lines_whose_taxes_are_all_rounded_down(self) -> None:
		issued = _issued(120, "9.97", "19")
		self.assertEqual((issued.total, issued.total_taxes_and_charges), (1196.4, 227.32))
		self.assertEqual(_taxes_of_lines(issued), 227.32)

	def test_a_line_in_dollars_whose_tax_is_a_hundred_times_as_much_in_yen(self) -> None:
		rate = {"from_currency": "USD", "to_currency": "JPY", "exchange_rate": 160, "date": "2026-01-01"}
		company = company_for("JPY")
		if not frappe.db.exists("Currency Exchange", rate):
			frappe.get_doc({"doctype": "Currency Exchange", **rate}).insert()
		with one_account_for_all_currencies():
			issued = _issued(1, "99.09", "5", company=company)
		self.assertEqual((issued.total_taxes_and_charges, issued.base_total_taxes_and_charges), (4.95, 792))
		self.assertEqual(_taxes_of_lines(issued), 792)


def _issued(lines: int, price: str, rate: str, **values: object) -> Document:
	"""An issued invoice with so many lines at that price, taxed at that rate in percent."""
	wanted = one_off(*(WrittenLine("Work", Decimal(price)) for _line in range(lines)), **values)
	template = tax_template(wanted.company, unique("Tax"), (Tax("VAT", Decimal(rate)),))
	draft = make_one_off(one_off(*wanted.lines, tax_template=template, **values))
	return invoice(open_invoice(draft))


def _taxes_of_lines(issued: Document) -> float:
	"""What ERPNext 16 notes as the tax of each line, added up; version 15 notes none, then the whole."""
	if not issued.meta.has_field("item_wise_tax_details"):
		return issued.base_total_taxes_and_charges
	return round(sum(row.amount for row in issued.item_wise_tax_details), 9)
