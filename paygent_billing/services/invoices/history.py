"""What happened to an invoice, as its customer may know it: issued, sent, paid, void."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.invoices.wording import day_in_words, site_number_style
from paygent_billing.services.numbers import currency_of, day, exact


@dataclass(frozen=True)
class Moment:
	"""A day and what happened on it, in words."""

	on: date
	words: str

	@property
	def date(self) -> str:
		return day_in_words(self.on)


def history_of(invoice: Document) -> tuple[Moment, ...]:
	"""The moments, oldest first. To whom it was sent is not told: the reader may be another one."""
	moments = [Moment(day(invoice.posting_date), _("Issued")), *_sent(invoice), *_settled(invoice)]
	if invoice.docstatus == 2:
		newer = invoice.get("replaced_by")
		words = _("Replaced by {0}").format(newer) if newer else _("Void")
		moments.append(Moment(day(invoice.modified), words))
	elif not invoice.is_return and invoice.grand_total and invoice.outstanding_amount <= 0:
		moments.append(Moment(max(moment.on for moment in moments), _("Paid in full")))
	return tuple(sorted(moments, key=lambda moment: moment.on))


def _sent(invoice: Document) -> list[Moment]:
	filters = {"sales_invoice": invoice.name, "state": "Sent"}
	days = frappe.get_all("Invoice Delivery", filters=filters, pluck="sent_at", order_by="sent_at asc")
	return [Moment(on, _("Sent by e-mail")) for on in sorted({day(moment) for moment in days})]


def _settled(invoice: Document) -> list[Moment]:
	"""What was paid or credited, in the currency of the ledger's account."""
	filters = {"against_voucher_no": invoice.name, "voucher_no": ["!=", invoice.name], "delinked": 0}
	fields = ["posting_date", "voucher_type", "amount_in_account_currency", "account_currency"]
	rows = frappe.get_all("Payment Ledger Entry", filters=filters, fields=fields, order_by="posting_date asc")
	return [Moment(day(row.posting_date), _settlement(row)) for row in rows]


def _settlement(row: frappe._dict) -> str:
	amount = site_number_style().money(
		-exact(row.amount_in_account_currency), currency_of(row.account_currency)
	)
	words = _("{0} {1} credited") if row.voucher_type == "Sales Invoice" else _("{0} {1} paid")
	return words.format(row.account_currency, amount)
