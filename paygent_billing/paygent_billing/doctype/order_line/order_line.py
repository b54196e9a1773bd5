from paygent_billing.services.child_rows import PartOfDocument


class OrderLine(PartOfDocument):
	pass
