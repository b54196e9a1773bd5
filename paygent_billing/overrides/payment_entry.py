from frappe.model.document import Document

from paygent_billing.services.happenings import record_payment_events
from paygent_billing.services.invoices.balance import apply_soon


def on_submit(payment: Document, method: str | None = None) -> None:
	"""A payment of an invoice of ours is told of, whoever entered it; money that belongs to no invoice yet
	settles what the customer owes.
	"""
	record_payment_events("payment.succeeded", payment)
	is_received = payment.party_type == "Customer" and payment.payment_type == "Receive"
	if is_received and payment.unallocated_amount > 0:
		apply_soon(payment.party, payment.company)


def on_cancel(payment: Document, method: str | None = None) -> None:
	"""A payment that is taken back is told of as well."""
	record_payment_events("payment.reversed", payment)
