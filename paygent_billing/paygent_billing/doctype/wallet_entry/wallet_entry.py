from paygent_billing.services.ledger_rows import AppendOnly
from paygent_billing.services.wallets.keys import ensure_one_place


class WalletEntry(AppendOnly):
	"""A movement of prepaid credits. The balance is the sum of these; none is ever changed."""


def on_doctype_update() -> None:
	ensure_one_place()
