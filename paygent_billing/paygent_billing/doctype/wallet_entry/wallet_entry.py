from paygent_billing.services.ledger_rows import AppendOnly


class WalletEntry(AppendOnly):
	"""A movement of prepaid credits. The balance is the sum of these; none is ever changed."""
