import frappe
from frappe import _
from frappe.model.document import Document


def validate(entry: Document, method: str | None = None) -> None:
	"""Only the billing moves prepaid credits: no entry by hand bears the name of a wallet."""
	before = entry.get_doc_before_save()
	is_new_name = entry.prepaid_wallet != (before.prepaid_wallet if before else None)
	if entry.prepaid_wallet and is_new_name and not entry.flags.from_service:
		frappe.throw(_("Only the billing posts entries of a wallet. Leave Prepaid Wallet empty."))


def before_cancel(entry: Document, method: str | None = None) -> None:
	"""What a wallet's credits became stays in the ledger as it stays in the wallet."""
	if entry.prepaid_wallet:
		frappe.throw(_("{0} follows from the wallet {1} and stays.").format(entry.name, entry.prepaid_wallet))
