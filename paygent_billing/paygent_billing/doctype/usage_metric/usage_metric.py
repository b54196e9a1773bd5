import frappe
from frappe import _
from frappe.model.document import Document


class UsageMetric(Document):
	"""What is counted, and how the events of a period become one quantity."""

	def validate(self) -> None:
		if self.aggregation != "Unique":
			self.unique_property = None
		elif not self.unique_property or set(self.unique_property) & set('"\\'):
			frappe.throw(
				_("Name the property whose distinct values are counted, without quotes or backslashes.")
			)
