from frappe.model.document import Document


class UsageMetric(Document):
	"""What is counted, and how the events of a period become one quantity."""

	def validate(self) -> None:
		if self.aggregation != "Unique":
			self.unique_property = None
