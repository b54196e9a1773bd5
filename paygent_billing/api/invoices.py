"""Actions on an invoice of the billing.

Amounts are strings, in the currency of the customer's account. An action happens today unless `on`
(YYYY-MM-DD) is given. Each answers with the state of the invoice as it is then.
"""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from paygent_billing.api.arguments import amount_of, date_of
from paygent_billing.api.invoice_arguments import edit_of, line_amounts, one_off_of
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.invoices import edit as editing
from paygent_billing.services.invoices import open as opening
from paygent_billing.services.invoices import payment, rebill, uncollectible, void
from paygent_billing.services.invoices import payment_failed as payment_failures
from paygent_billing.services.invoices.give_back import give_back
from paygent_billing.services.invoices.one_off import make_one_off, preview_one_off
from paygent_billing.services.invoices.payment_method import method_named
from paygent_billing.services.invoices.refund import RefundRequest
from paygent_billing.services.invoices.standing import editable_values, standing_of
from paygent_billing.services.invoices.status import company_today


@frappe.whitelist(methods=["POST"])
def open_draft(invoice: str) -> dict[str, Any]:
	"""Issues the draft: it gets its number, and its lines are in the ledger."""
	return standing_of(with_retry(lambda: opening.open_invoice(invoice)))


@frappe.whitelist(methods=["POST"])
def mark_as_paid(
	invoice: str, on: str | None = None, method: str = "bank_transfer", reference: str | None = None
) -> dict[str, Any]:
	"""Settles all that is due. An invoice that is paid already stays as it is."""
	how = payment.How(method_named(method), reference or None)
	with_retry(lambda: payment.mark_as_paid(invoice, on=_day(on), how=how))
	return standing_of(invoice)


@frappe.whitelist(methods=["POST"])
def record_payment(
	invoice: str,
	amount: str,
	on: str | None = None,
	method: str = "bank_transfer",
	reference: str | None = None,
	key: str | None = None,
) -> dict[str, Any]:
	"""Records a payment of a part, of all, or of more: the rest stays on the customer's account. With a `key`
	it counts once, however often it is sent.
	"""
	how = payment.How(method_named(method), reference or None, key or None)
	received = amount_of(amount)
	with_retry(lambda: payment.record_payment(invoice, received, on=_day(on), how=how))
	return standing_of(invoice)


@frappe.whitelist(methods=["POST"])
def payment_failed(invoice: str, reason: str, on: str | None = None) -> dict[str, Any]:
	"""Says that a payment of the open invoice was tried and failed, and why."""
	words = _reason(reason)
	with_retry(lambda: payment_failures.payment_failed(invoice, words, on=_day(on)))
	return standing_of(invoice)


@frappe.whitelist(methods=["POST"])
def void_unpaid(invoice: str, reason: str) -> dict[str, Any]:
	"""Takes the unpaid invoice out of the ledger; it stays as a record, with the reason."""
	words = _reason(reason)
	with_retry(lambda: void.void_invoice(invoice, reason=words))
	return standing_of(invoice)


@frappe.whitelist(methods=["POST"])
def mark_uncollectible(invoice: str, reason: str, on: str | None = None) -> dict[str, Any]:
	"""Writes off what is due as a bad debt. When it is paid after all, the write-off is taken back."""
	words = _reason(reason)
	with_retry(lambda: uncollectible.mark_uncollectible(invoice, on=_day(on), reason=words))
	return standing_of(invoice)


@frappe.whitelist(methods=["POST"])
def refund(  # noqa: PLR0913 - the fields of a refund
	invoice: str,
	reason: str,
	amount: str | None = None,
	lines: dict | str | None = None,
	pays_back: bool = True,
	on: str | None = None,
	key: str | None = None,
) -> dict[str, Any]:
	"""Gives back a paid invoice: all of it, an amount with taxes, or net amounts by the names of its lines.

	Without `pays_back` no money leaves: the credit note settles what the customer owes, now or next. The same
	`key` again is the same refund.
	"""
	wanted = amount_of(amount) if amount else None
	request = RefundRequest(_reason(reason), wanted, line_amounts(lines), pays_back, key or None)
	given = with_retry(lambda: give_back(invoice, request, on=_day(on)))
	return standing_of(invoice) | {
		"credit_note": given.credit_note,
		"payment": given.payment,
		"credits_taken_back": str(given.taken_back),
		"credits_not_taken_back": str(given.not_taken_back),
	}


@frappe.whitelist(methods=["POST"])
def rebill_void(invoice: str) -> dict[str, Any]:
	"""Bills the period of the void invoice again, once, and answers with the new invoice."""
	return standing_of(with_retry(lambda: rebill.rebill_invoice(invoice, on=company_today())))


@frappe.whitelist(methods=["POST"])
def edit(invoice: str, changes: dict | str, reason: str = "") -> dict[str, Any]:
	"""Makes an unpaid invoice say something else. An issued one is replaced by another, which is answered."""
	wanted = edit_of(changes)
	is_issued = frappe.db.get_value("Sales Invoice", invoice, "docstatus") == 1
	words = _reason(reason) if is_issued else reason
	return standing_of(with_retry(lambda: editing.edit_invoice(invoice, wanted, reason=words)))


@frappe.whitelist(methods=["POST"])
def one_off(values: dict | str, is_opened: bool = False) -> dict[str, Any]:
	"""Makes an invoice by hand, as a draft or opened at once."""
	wanted = one_off_of(values)
	return standing_of(with_retry(lambda: _make(wanted, is_opened)))


@frappe.whitelist(methods=["POST"])
def one_off_totals(values: dict | str) -> dict[str, Any]:
	"""What an invoice by hand would come to. Writes nothing."""
	return preview_one_off(one_off_of(values))


@frappe.whitelist()
def standing(invoice: str) -> dict[str, Any]:
	"""The invoice's state, what is due of it, and the actions that the user may take on it."""
	return standing_of(invoice)


@frappe.whitelist()
def values_to_edit(invoice: str) -> dict[str, Any]:
	"""What of the invoice can be edited, as texts."""
	return editable_values(invoice)


def _make(wanted: Any, is_opened: bool) -> str:
	draft = make_one_off(wanted)
	return opening.open_invoice(draft) if is_opened else draft


def _day(text: str | None) -> date:
	return date_of(text) if text else company_today()


def _reason(text: str) -> str:
	words = strip_html(text or "").strip()
	return words or frappe.throw(_("Say why: the reason is kept with the invoice."))
