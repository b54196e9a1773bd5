from paygent_billing.services.child_rows import PartOfDocument


class PlanCharge(PartOfDocument):
	pass
