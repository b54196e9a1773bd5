"""Takes an unpaid invoice out of the ledger."""

from __future__ import annotations

from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.events import record_invoice_event
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.status import company_today
from paygent_billing.services.numbers import exact


def void_invoice(invoice: str, *, reason: str | None = None) -> None:
	"""Makes an unpaid invoice void; the document stays, with the reason. Refused when any of it is paid."""
	document = invoice_for(InvoiceAction.VOID, invoice)
	document.billing_reason = reason
	document.cancel()
	amount = exact(document.grand_total)
	record_invoice_event(
		"invoice.voided", document, happened_on=company_today(), amount=amount, reason=reason
	)
