import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from paygent_billing.services.negative_lines import allow_negative_lines


class PaygentSettings(Document):
	"""What holds for all billing of the site."""

	def validate(self) -> None:
		if min(cint(self.catch_up_days), cint(self.catch_up_invoices)) < 1:
			frappe.throw(_("The limits for a backlog must be at least 1."))
		if self.allow_negative_lines:
			allow_negative_lines()
