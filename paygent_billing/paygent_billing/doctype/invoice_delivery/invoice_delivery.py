from paygent_billing.services.ledger_rows import AppendOnly


class InvoiceDelivery(AppendOnly):
	"""An invoice sent by e-mail: who asked for it, when, to whom, and what became of it."""
