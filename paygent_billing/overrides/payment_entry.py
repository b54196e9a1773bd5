from frappe.model.document import Document

from paygent_billing.services.happenings import record_payment_events
from paygent_billing.services.invoices.balance import apply_soon


def before_submit(payment: Document, method: str | None = None) -> None:
	"""A payment of invoices of ours is told of, and before what it settles."""
	record_payment_events("payment.succeeded", payment)


def on_submit(payment: Document, method: str | None = None) -> None:
	"""Money that belongs to no invoice yet settles what the customer owes."""
	is_received = payment.party_type == "Customer" and payment.payment_type == "Receive"
	if is_received and (payment.unallocated_amount or 0) > 0:
		apply_soon(payment.party, payment.company)


def before_cancel(payment: Document, method: str | None = None) -> None:
	"""A payment that is taken back is told of as well."""
	record_payment_events("payment.reversed", payment)
