from paygent_billing.services.ledger_rows import AppendOnly


class UsageArchive(AppendOnly):
	"""A compressed file of archived usage: whose it is, under the names of today, and of which time."""
