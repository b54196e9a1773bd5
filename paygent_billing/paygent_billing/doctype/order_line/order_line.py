from frappe.model.document import Document


class OrderLine(Document):
	pass
