from paygent_billing.services.ledger_rows import AppendOnly


class BillingEvent(AppendOnly):
	"""Something that happened to an order, invoice or wallet: when, what, and the amount."""
