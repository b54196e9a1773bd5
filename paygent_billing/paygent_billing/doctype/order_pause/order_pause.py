from frappe.model.document import Document


class OrderPause(Document):
	pass
