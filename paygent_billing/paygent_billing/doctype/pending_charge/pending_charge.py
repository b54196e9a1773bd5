from paygent_billing.services.ledger_rows import AppendOnly


class PendingCharge(AppendOnly):
	"""A charge that waits for an order's next invoice: a correction, a one-off, a carried amount."""
