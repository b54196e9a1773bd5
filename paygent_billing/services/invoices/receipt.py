"""Receipts: what an invoice that is paid in full came to, frozen when its last payment arrived."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document
from pypika.functions import Cast, Max, Min, Sum

from paygent_billing.core.money import EXACT
from paygent_billing.services.happenings import record_receipt
from paygent_billing.services.invoices.own_credit import is_own_credit
from paygent_billing.services.invoices.receipt_snapshot import snapshot_of
from paygent_billing.services.numbers import day, exact, sum_as_text


def issue_receipt(invoice: Document) -> str | None:
	"""Makes the receipt of the invoice that has become paid and returns it; None when no money paid it.

	What paid the rest of it makes one receipt, however often it is asked for: a unique key decides.
	"""
	payments = payments_of(invoice)
	if not any(payment["is_money"] for payment in payments):
		return None
	receipt = frappe.new_doc("Billing Receipt")
	receipt.update(
		{
			"sales_invoice": invoice.name,
			"customer": invoice.customer,
			"billing_order": invoice.billing_order,
			"company": invoice.company,
			"paid_on": max(payment["on"] for payment in payments),
			"currency": invoice.currency,
			"amount": invoice.grand_total,
			"cause": f"{invoice.name} {payments[-1]['voucher_no']}",
			"snapshot": frappe.as_json(snapshot_of(invoice, payments)),
		}
	)
	return _insert_once(receipt)


def payments_of(invoice: Document) -> list[dict[str, Any]]:
	"""What settles the invoice, in the order of booking: voucher, day, and amount in its currency."""
	entry = frappe.qb.DocType("Payment Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(entry.voucher_type, entry.voucher_no, Max(entry.posting_date).as_("on"))
		.select(Cast(Sum(entry.amount_in_account_currency), "CHAR").as_("moved"))
		.where(entry.against_voucher_no == invoice.name)
		.where(entry.voucher_no != invoice.name)
		.where(entry.delinked == 0)
		.groupby(entry.voucher_type, entry.voucher_no)
		.orderby(Min(entry.creation), entry.voucher_no)
	)
	rows = [_payment(invoice, row) for row in query.run(as_dict=True)]
	return [row for row in rows if row["amount"] > 0]


def _payment(invoice: Document, row: frappe._dict) -> dict[str, Any]:
	amount = EXACT.minus(sum_as_text(row.moved))
	if invoice.party_account_currency != invoice.currency:
		amount = EXACT.divide(amount, exact(invoice.conversion_rate))
	return {**row, "on": day(row.on), "amount": amount, "is_money": _is_money(invoice, row)}


def _is_money(invoice: Document, row: frappe._dict) -> bool:
	if row.voucher_type == "Journal Entry":
		return not is_own_credit(row.voucher_no, invoice.name)
	return row.voucher_type != "Sales Invoice"


def _insert_once(receipt: Document) -> str | None:
	if frappe.db.exists("Billing Receipt", {"cause": receipt.cause}):
		return None
	receipt.db_insert_as_service()
	record_receipt(receipt)
	return receipt.name
