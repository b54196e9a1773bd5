from frappe.model.document import Document

from paygent_billing.services.happenings import record_payment_events


def on_submit(payment: Document, method: str | None = None) -> None:
	"""A payment of an invoice of ours is told of, whoever entered it."""
	record_payment_events("payment.succeeded", payment)


def on_cancel(payment: Document, method: str | None = None) -> None:
	"""A payment that is taken back is told of as well."""
	record_payment_events("payment.reversed", payment)
