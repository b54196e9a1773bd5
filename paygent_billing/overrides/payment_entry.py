from frappe.model.document import Document
from frappe.utils import getdate

from paygent_billing.services.wallets.settle import hold_if_unpaid, release_if_paid


def on_submit(payment: Document, method: str | None = None) -> None:
	"""Invoices that this payment settles release the credits that they granted."""
	for invoice in invoices_in(payment):
		release_if_paid(invoice, paid_by=payment.name, on=getdate(payment.posting_date))


def on_cancel(payment: Document, method: str | None = None) -> None:
	"""Invoices that are unpaid again hold back what is unspent of their credits."""
	for invoice in invoices_in(payment):
		hold_if_unpaid(invoice, unpaid_by=payment.name, on=getdate(payment.posting_date))


def invoices_in(payment: Document) -> list[str]:
	"""The Sales Invoices that the payment is allocated to."""
	rows = (row for row in payment.references if row.reference_doctype == "Sales Invoice")
	return list(dict.fromkeys(row.reference_name for row in rows))
