from frappe.model.document import Document


class PlanCharge(Document):
	pass
