"""Gives back what was paid for an invoice: to the customer, or onto the customer's account."""

from __future__ import annotations

from datetime import date

from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.balance import apply_balance
from paygent_billing.services.invoices.refund import Refund, RefundRequest, refund_invoice


def give_back(invoice: str, request: RefundRequest, *, on: date) -> Refund:
	"""Refunds the paid invoice, or credits it: what is not paid out settles what the customer owes."""
	action = InvoiceAction.REFUND if request.pays_back else InvoiceAction.CREDIT
	document = invoice_for(action, invoice)
	refund = refund_invoice(invoice, request, on=on)
	if not request.pays_back:
		apply_balance(document.customer, document.company)
	return refund
