from frappe.model.document import Document

from paygent_billing.services.invoices.stored_pdf import ask_for_pdf, is_billing_invoice


def on_change(invoice: Document, method: str | None = None) -> None:
	"""An invoice of ours that is issued, paid, changed or cancelled gets a new PDF."""
	if invoice.docstatus and is_billing_invoice(invoice):
		ask_for_pdf(invoice.name)
