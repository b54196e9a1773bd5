from frappe.model.document import Document


class MetricFilter(Document):
	"""A property that usage must have for its metric, with one of some values."""
