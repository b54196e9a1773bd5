from frappe.model.document import Document

from paygent_billing.services.happenings import record_created
from paygent_billing.services.invoices.stored_pdf import ask_for_pdf, is_billing_invoice


def after_insert(invoice: Document, method: str | None = None) -> None:
	"""An invoice of ours is told of from its beginning, also as a draft."""
	if is_billing_invoice(invoice):
		record_created(invoice)


def on_change(invoice: Document, method: str | None = None) -> None:
	"""An invoice of ours that is issued, paid, changed or cancelled gets a new PDF."""
	if invoice.docstatus and is_billing_invoice(invoice):
		ask_for_pdf(invoice.name)
