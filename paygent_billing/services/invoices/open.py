"""Issues a draft."""

from __future__ import annotations

from paygent_billing.core.lifecycle import InvoiceAction
from paygent_billing.services.billing.billing_invoice import load_invoice
from paygent_billing.services.billing.precision import use_currency_decimals
from paygent_billing.services.events import record_invoice_event
from paygent_billing.services.invoices.access import invoice_for
from paygent_billing.services.invoices.balance import apply_balance
from paygent_billing.services.invoices.number import give_number, is_numbered, wait_for_number
from paygent_billing.services.numbers import currency_of, exact


def open_invoice(draft: str) -> str:
	"""Gives the draft its number, submits it, and returns the number. From then on its lines are in the
	ledger.
	"""
	if not is_numbered(draft):
		wait_for_number(draft)
	document = invoice_for(InvoiceAction.OPEN, draft)
	number = draft if is_numbered(draft) else give_number(document)
	invoice = load_invoice(number)
	use_currency_decimals(invoice, currency_of(invoice.currency).decimals)
	invoice.flags.from_billing = True
	invoice.submit()
	amount = exact(invoice.grand_total)
	record_invoice_event("invoice.issued", invoice, happened_on=invoice.posting_date, amount=amount)
	apply_balance(invoice.customer, invoice.company)
	return number
