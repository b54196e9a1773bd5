"""A refund: a credit note for a paid invoice, its credits taken back, and the money paid out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from paygent_billing.core.invoicing import (
	Parts,
	RefundError,
	credits_to_take_back,
	refund_of_net,
	refund_parts,
)
from paygent_billing.core.money import EXACT, ZERO, Currency, total_of
from paygent_billing.core.wallet import Entry, take_back
from paygent_billing.services.events import record_event
from paygent_billing.services.invoices.refund_given import Refund, RefundRequest, given_before
from paygent_billing.services.invoices.refund_note import NoteLine, issue_note, note_lines
from paygent_billing.services.numbers import currency_of, exact
from paygent_billing.services.wallets.account import WalletAccount, open_named, open_wallet, total_taken
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import lots_of_invoice
from paygent_billing.services.wallets.settle import restored


def refund_invoice(invoice: str, request: RefundRequest, *, on: date) -> Refund:
	"""Refunds the invoice, or a part of it. Refused when it is not paid or does not have that much left."""
	document = frappe.get_doc("Sales Invoice", invoice, for_update=True)
	known = given_before(document, request.key, request.amount)
	if known:
		return known
	_refuse_unpaid(document)
	if not request.reason.strip():
		frappe.throw(_("Say why {0} is refunded: the reason stands on the credit note.").format(invoice))
	currency, whole, before = currency_of(document.currency), parts_of(document), refunded_parts(document)
	is_whole = before is None and request.lines is None and request.amount in (None, whole.total)
	before = before or Parts(ZERO, tuple(ZERO for _tax in whole.taxes))
	parts = _parts(document, request, (whole, before), currency)
	wallet, entries, wanted = _credits(document, (whole, before, parts), currency)
	taken = total_taken(entries)
	lines = _lines(document, request, parts, taken, is_whole)
	note = issue_note(document, lines, parts.taxes, on=on, request=request)
	_move_credits(wallet, document, entries, Cause(f"refund {note.name}", on, invoice), is_whole)
	payment = _pay_back(note, on) if request.pays_back and note.grand_total else None
	refund = Refund(note.name, payment, taken, EXACT.subtract(wanted, taken))
	_log(document, refund, parts, request.reason, on)
	# A refund that waits for this one sees by it that what it has read is too old.
	frappe.db.set_value("Sales Invoice", invoice, "modified", now_datetime())
	return refund


def parts_of(invoice: Document) -> Parts:
	"""What the invoice comes to: its net total, and each of its taxes."""
	taxes = tuple(exact(row.tax_amount_after_discount_amount) for row in invoice.taxes)
	return Parts(exact(invoice.net_total), taxes)


def refunded_parts(invoice: Document) -> Parts | None:
	"""What is refunded of the invoice so far, locked; None when nothing is. Refused when all of it is."""
	notes = _notes_of(invoice.name)
	if not notes:
		return None
	given = [parts_of(frappe.get_doc("Sales Invoice", name)) for name in notes]
	taxes = tuple(-total_of(column) for column in zip(*(parts.taxes for parts in given), strict=True))
	refunded = Parts(-total_of(parts.net for parts in given), taxes)
	if refunded == parts_of(invoice):
		frappe.throw(_("{0} is refunded already, by {1}.").format(invoice.name, ", ".join(notes)))
	return refunded


def _notes_of(invoice: str) -> list[str]:
	"""The refunds of the invoice. One that was committed after this transaction began cannot be read by it:
	the transaction is to be begun again.
	"""
	filters = {"refund_of": invoice, "docstatus": 1}
	notes = frappe.get_all("Sales Invoice", filters=filters, pluck="name", order_by="name asc")
	note = frappe.qb.DocType("Sales Invoice")
	query = frappe.qb.from_(note).select(note.name).for_update()
	query = query.where((note.refund_of == invoice) & (note.docstatus == 1))
	if set(query.run(pluck=True)) != set(notes):
		raise frappe.QueryDeadlockError(_("{0} is being refunded elsewhere. Try again.").format(invoice))
	return notes


def _refuse_unpaid(invoice: Document) -> None:
	if invoice.docstatus != 1 or invoice.is_return:
		frappe.throw(_("{0} is not an issued invoice: there is nothing to refund.").format(invoice.name))
	if exact(invoice.outstanding_amount) > 0:
		frappe.throw(
			_("{0} is not paid: only a paid invoice is refunded. Void or edit it instead.").format(
				invoice.name
			)
		)


def _parts(
	invoice: Document, request: RefundRequest, known: tuple[Parts, Parts], currency: Currency
) -> Parts:
	whole, before = known
	try:
		if request.lines is None:
			return refund_parts(whole, before, request.amount, currency)
		_check_lines(invoice, request.lines)
		return refund_of_net(whole, before, total_of(request.lines.values()), currency)
	except RefundError as error:
		frappe.throw(_("{0} cannot be refunded like this: {1}.").format(invoice.name, error))


def _check_lines(invoice: Document, lines: Mapping[str, Decimal]) -> None:
	known = {row.name: exact(row.net_amount) for row in invoice.items}
	for name, amount in lines.items():
		if name not in known or not 0 < amount <= known[name]:
			frappe.throw(
				_("{0} has no line {1} of which {2} can be refunded.").format(invoice.name, name, amount)
			)


def _credits(
	invoice: Document, known: tuple[Parts, Parts, Parts], currency: Currency
) -> tuple[WalletAccount | None, list[Entry], Decimal]:
	"""The wallet, what is taken back of the credits that came with the invoice, and what should be."""
	whole, before, parts = known
	name = frappe.db.get_value("Credit Lot", {"sales_invoice": invoice.name}, "wallet")
	wallet = open_named(name) if name else open_wallet(invoice.customer, invoice.currency)
	if wallet is None:
		return None, [], ZERO
	wallet.add(lots_of_invoice(invoice.name))
	lots = [one.lot for one in wallet.held.values() if one.sales_invoice == invoice.name]
	granted = total_of(lot.granted for lot in lots)
	wanted = credits_to_take_back(granted, whole.total, before.total, parts.total, currency)
	return wallet, take_back(lots, wanted), wanted


def _lines(
	invoice: Document, request: RefundRequest, parts: Parts, taken: Decimal, is_whole: bool
) -> list[NoteLine]:
	if is_whole or request.lines is not None:
		return note_lines(invoice, request.lines, taken)
	return note_lines(invoice, None, taken, of_amount=parts.net)


def _move_credits(
	wallet: WalletAccount | None, invoice: Document, entries: list[Entry], cause: Cause, is_whole: bool
) -> None:
	if wallet:
		back = restored(wallet, invoice.name) if is_whole else []
		wallet.post([*entries, *back], cause)


def _pay_back(note: Document, on: date) -> str:
	payment = get_payment_entry("Sales Invoice", note.name, reference_date=str(on))
	payment.update({"posting_date": on, "reference_no": note.name, "reference_date": on})
	payment.flags.ignore_permissions = True  # whoever may refund may pay out what is refunded
	payment.submit()
	return payment.name


def _log(invoice: Document, refund: Refund, parts: Parts, reason: str, on: date) -> None:
	about = frappe._dict(name=invoice.billing_order, customer=invoice.customer, currency=invoice.currency)
	record_event(
		"invoice.refunded",
		about,
		happened_on=on,
		amount=parts.total,
		sales_invoice=invoice.name,
		credit_note=refund.credit_note,
		payment=refund.payment,
		credits_taken_back=str(refund.taken_back),
		credits_not_taken_back=str(refund.not_taken_back),
		reason=reason,
	)
