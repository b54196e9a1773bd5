import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.orders.in_use import refuse_price_change_in_use
from paygent_billing.services.orders.plan_versions import make_new_version
from paygent_billing.services.orders.prices import check_charges


class AgentPlan(Document):
	"""Prices for an agent: Standard, or Custom for one customer. Unchangeable once an order uses it."""

	def validate(self) -> None:
		if self.kind == "Standard":
			self.customer = None
		if self.interval_unit and self.interval_count < 1:
			frappe.throw(_("The interval count must be at least 1."))
		check_charges(self)
		refuse_price_change_in_use(self)

	@frappe.whitelist(methods=["POST"])
	def new_version(self) -> str:
		"""Copies the plan under the next version number, ready to be changed, and returns the copy's name."""
		self.check_permission("create")
		return make_new_version(frappe.get_doc("Agent Plan", self.name)).name
