from frappe.model.document import Document
from frappe.utils import getdate

from paygent_billing.services.wallets.settle import hold_if_unpaid, release_if_paid


def on_submit(entry: Document, method: str | None = None) -> None:
	"""Invoices that this entry settles release the credits that they granted."""
	for invoice in invoices_in(entry):
		release_if_paid(invoice, paid_by=entry.name, on=getdate(entry.posting_date))


def on_cancel(entry: Document, method: str | None = None) -> None:
	"""Invoices that are unpaid again hold back what is unspent of their credits."""
	for invoice in invoices_in(entry):
		hold_if_unpaid(invoice, unpaid_by=entry.name, on=getdate(entry.posting_date))


def invoices_in(entry: Document) -> list[str]:
	"""The Sales Invoices that the entry's rows refer to."""
	rows = (row for row in entry.accounts if row.reference_type == "Sales Invoice")
	return list(dict.fromkeys(row.reference_name for row in rows))
