from paygent_billing.services.ledger_rows import AppendOnly


class InvoicePDF(AppendOnly):
	"""The stored PDF of an issued invoice: waiting to be made, or made, with the private file."""
