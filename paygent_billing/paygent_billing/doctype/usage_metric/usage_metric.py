import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.usage.metrics import metric_of


class UsageMetric(Document):
	"""What is counted, and how the events of a period become one quantity."""

	def validate(self) -> None:
		if self.aggregation == "Count":
			self.property_name = None
		if set(self.property_name or "") & set('"\\'):
			frappe.throw(_("Name the property without quotes or backslashes."))
		if self.aggregation == "Unique" and not self.property_name:
			frappe.throw(_("Name the property whose distinct values are counted."))
		try:
			metric_of(self)
		except ValueError as error:
			frappe.throw(_("The metric cannot be used: {0}").format(error))
		before = self.get_doc_before_save()
		if (
			before
			and metric_of(before) != metric_of(self)
			and frappe.db.exists("Usage Event", {"metric": self.name})
		):
			frappe.throw(_("{0} has usage already, so it goes on counting as it does.").format(self.name))
