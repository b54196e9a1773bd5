"""The Sales Invoice that the billing run posts: ERPNext's own, with taxes that no float has touched and a
discount that leaves drawn credits alone.
"""

from __future__ import annotations

from functools import lru_cache

import frappe
from erpnext.controllers.taxes_and_totals import calculate_taxes_and_totals
from frappe.model.base_document import get_controller
from frappe.model.document import Document

from paygent_billing.core.invoicing import LineType


class ExactTaxes(calculate_taxes_and_totals):
	"""ERPNext's totals. A tax that is the sum of floats is freed of their noise before it is rounded.

	Otherwise 4.475, added up as 4.4749999999999996, would be rounded down.
	"""

	def round_off_totals(self, tax: Document) -> None:
		tax.tax_amount = round(tax.tax_amount, 9)
		tax.tax_amount_after_discount_amount = round(tax.tax_amount_after_discount_amount, 9)
		super().round_off_totals(tax)

	def get_current_tax_and_net_amount(
		self, item: Document, tax: Document, rates: dict[str, float]
	) -> tuple[float, float]:
		"""ERPNext 16 looks a rate up by its account, where it takes the last of two taxes for both."""
		own = {} if item.item_tax_template else {tax.account_head: tax.rate}
		return super().get_current_tax_and_net_amount(item, tax, rates | own)

	def adjust_rounding_in_item_wise_tax_details(self) -> None:
		"""ERPNext 16 notes the tax of each line, and refuses an invoice whose lines' taxes, each rounded, are
		together more than 0.5 off its own. The last line that bears the tax takes the difference, however
		large.
		"""
		for tax in self.doc.taxes:
			rows = [row for row in self.doc._item_wise_tax_details if row.tax is tax and row.rate]
			if rows:
				others = sum(row.amount for row in rows[:-1])
				rows[-1].amount = round(tax.base_tax_amount_after_discount_amount - others, 9)

	def apply_discount_amount(self) -> None:
		"""The discount lies on what is sold and never on drawn credits, which leave their account in full."""
		self._all_items, self._items = self._items, [row for row in self._items if not _is_credit(row)]
		super().apply_discount_amount()
		self._items = self._all_items

	def get_total_for_discount_amount(self) -> float:
		return sum(row.net_amount for row in self._items)

	def _calculate(self) -> None:
		"""While the discount is spread only some lines are at hand; totals are those of all."""
		self._items = getattr(self, "_all_items", self._items)
		super()._calculate()


def _is_credit(row: Document) -> bool:
	return row.billing_type == LineType.CREDIT.value


def new_invoice() -> Document:
	"""A new Sales Invoice of the class that the site uses, whatever app overrides it, with exact taxes."""
	return _billing_class(get_controller("Sales Invoice"))({"doctype": "Sales Invoice", "__islocal": 1})


@lru_cache
def _billing_class(site_class: type[Document]) -> type[Document]:
	class BillingInvoice(site_class):
		def calculate_taxes_and_totals(self) -> None:
			ExactTaxes(self)
			self.calculate_commission()
			self.calculate_contribution()

	return BillingInvoice


def load_invoice(name: str) -> Document:
	"""The stored Sales Invoice, of the class that the billing posts."""
	return _billing_class(get_controller("Sales Invoice"))("Sales Invoice", name)


def copy_of(invoice: Document) -> Document:
	"""A new Sales Invoice that says all that the other one says, of the class that the billing posts."""
	values = frappe.copy_doc(invoice).as_dict()
	return _billing_class(get_controller("Sales Invoice"))({**values, "__islocal": 1})
