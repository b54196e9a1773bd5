from paygent_billing.services.ledger_rows import AppendOnly


class ArchivedUsage(AppendOnly):
	"""That an event was archived: its name is a hash of customer and event id, so the id stays taken."""
