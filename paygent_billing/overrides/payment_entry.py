from frappe.model.document import Document

from paygent_billing.services.invoices.balance import apply_soon


def on_submit(payment: Document, method: str | None = None) -> None:
	"""Money that belongs to no invoice yet settles what the customer owes."""
	is_received = payment.party_type == "Customer" and payment.payment_type == "Receive"
	if is_received and payment.unallocated_amount > 0:
		apply_soon(payment.party, payment.company)
