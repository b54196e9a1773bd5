from paygent_billing.services.ledger_rows import AppendOnly


class InvoiceLink(AppendOnly):
	"""A link to the customer's view of an invoice. Only the hash of its token is kept: the link itself is shown once."""
