import frappe

from paygent_billing.services.ledger_rows import AppendOnly


class CreditLot(AppendOnly):
	"""One grant or purchase of credits with its terms; what it holds is the sum of its Wallet Entries."""


def on_doctype_update() -> None:
	frappe.db.add_index("Credit Lot", ["wallet", "is_open"], index_name="open_lots")
