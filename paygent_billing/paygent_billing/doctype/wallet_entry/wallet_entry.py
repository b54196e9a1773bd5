import frappe

from paygent_billing.services.ledger_rows import AppendOnly

ONE_PLACE = "one_entry_per_place"


class WalletEntry(AppendOnly):
	"""A movement of prepaid credits. The balance is the sum of these; none is ever changed."""


def on_doctype_update() -> None:
	frappe.db.add_unique("Wallet Entry", ["wallet", "number"], constraint_name=ONE_PLACE)
