from frappe.model.document import Document


class ChargeTier(Document):
	pass
