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
		if self.usage_past_days < 1 or self.usage_future_minutes < 0 or self.usage_archive_days < 0:
			frappe.throw(_("The limits for usage cannot be negative, and usage may be at least 1 day old."))
		if 0 < self.usage_archive_days < self.usage_past_days + 31:
			frappe.throw(
				_("Usage is archived at least 31 days after the age at which it is no longer taken.")
			)
		if self.allow_negative_lines:
			allow_negative_lines()
