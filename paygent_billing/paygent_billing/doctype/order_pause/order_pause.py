from paygent_billing.services.child_rows import PartOfDocument


class OrderPause(PartOfDocument):
	pass
