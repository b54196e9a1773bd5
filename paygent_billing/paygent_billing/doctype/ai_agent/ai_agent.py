import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.orders.in_use import refuse_price_change_in_use
from paygent_billing.services.orders.items import ensure_item
from paygent_billing.services.orders.prices import check_charges


class AIAgent(Document):
	"""A product: an agent that customers use, with the prices of lines that have no plan."""

	def validate(self) -> None:
		check_charges(self)
		refuse_price_change_in_use(self)
		ensure_item(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		if merge:
			frappe.throw(_("Agents cannot be merged: their orders, prices and usage would run together."))
