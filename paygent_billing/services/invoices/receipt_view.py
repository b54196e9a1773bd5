"""What a printed receipt says: its snapshot and nothing else, so that it never changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.jinja_globals import is_rtl

from paygent_billing.core.money import ZERO
from paygent_billing.services.invoices.look import look_of_company
from paygent_billing.services.invoices.presentation import Fact, LineGroup, Party, PrintedInvoice, TotalRow
from paygent_billing.services.invoices.printed_line import PrintedLine
from paygent_billing.services.invoices.wording import NumberStyle, day_in_words, site_number_style


def billing_receipt_view(receipt: Document) -> PrintedInvoice:
	"""The texts of a Billing Receipt, for the template of invoices. Every text is unescaped."""
	told = frappe.parse_json(receipt.snapshot)
	style = site_number_style()
	template = frappe.db.get_value("Sales Invoice", receipt.sales_invoice, "invoice_template")
	return PrintedInvoice(
		heading=_("Receipt"),
		number=receipt.name,
		state="",
		direction="rtl" if is_rtl() else "ltr",
		currency=told["invoice"]["currency"],
		look=look_of_company(receipt.company, template),
		seller=_party(told["seller"]),
		buyer=_party(told["customer"]),
		facts=_facts(receipt, told["invoice"]),
		due=TotalRow(_("Amount Paid"), style.write(told["totals"]["total"]), "due"),
		due_note=_("Paid on {0}").format(_day(receipt.paid_on)),
		groups=(LineGroup("", tuple(_line(line, style) for line in told["lines"])),),
		totals=tuple(_totals(told, style)),
		tax_note="",
		schedule=(),
		beside=(),
		terms=(),
		payment_details=(),
	)


def _party(told: dict[str, str]) -> Party:
	tax_ids = (Fact(_("Tax ID"), told["tax_id"]),) if told.get("tax_id") else ()
	return Party(told["name"], tuple((told.get("address") or "").splitlines()), tax_ids)


def _facts(receipt: Document, invoice: dict[str, str]) -> tuple[Fact, ...]:
	facts = (
		(_("Receipt Number"), receipt.name),
		(_("Paid on"), _day(receipt.paid_on)),
		(_("Invoice Number"), invoice["name"]),
		(_("Invoice Date"), _day(invoice["date"])),
		(_("Order"), receipt.billing_order),
		(_("Contract"), invoice.get("contract_id")),
	)
	return tuple(Fact(label, value) for label, value in facts if value)


def _line(line: dict[str, str], style: NumberStyle) -> PrintedLine:
	title, *notes = line["description"].splitlines() or [""]
	period = line.get("period") or ""
	more = (period, *(note for note in notes if note != period))
	return PrintedLine(
		title=title,
		notes=tuple(note for note in more if note),
		quantity=_number(line.get("quantity"), style),
		unit_price=_number(line.get("unit_price"), style),
		amount=style.write(line["amount"]),
		tag="",
	)


def _totals(told: dict[str, Any], style: NumberStyle) -> list[TotalRow]:
	totals = told["totals"]
	rows = [TotalRow(_("Subtotal"), style.write(totals["subtotal"]))]
	if _decimal(totals.get("discount")):
		rows.append(TotalRow(_("Discount"), style.write(str(-abs(_decimal(totals["discount"]))))))
	for tax in totals["taxes"]:
		rate = f" {style.write(tax['rate'])} %" if tax.get("rate") and tax["rate"] not in tax["name"] else ""
		rows.append(TotalRow(tax["name"] + rate, style.write(tax["amount"])))
	rows.append(TotalRow(_("Grand Total"), style.write(totals["total"]), "total"))
	number = told["invoice"]["name"]
	rows += [
		TotalRow(_payment(payment, number), style.write(payment["amount"])) for payment in told["payments"]
	]
	return [*rows, TotalRow(_("Amount Paid"), style.write(totals["total"]), "due")]


def _payment(payment: dict[str, str], invoice: str) -> str:
	"""When and how it was paid: "Bank Transfer, Jan 5, 2026 (TX-1)". A reference that is the invoice's own
	number says nothing more.
	"""
	words = ", ".join(part for part in (payment.get("mode"), _day(payment.get("date"))) if part)
	return (
		f"{words} ({payment['reference']})" if payment.get("reference") not in (None, "", invoice) else words
	)


def _day(value: object) -> str:
	return day_in_words(date.fromisoformat(str(value)[:10])) if value else ""


def _number(text: str | None, style: NumberStyle) -> str:
	return style.write(text) if text else ""


def _decimal(text: str | None) -> Decimal:
	return Decimal(text) if text else ZERO
