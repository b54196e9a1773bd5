"""What a printed invoice says, ready to be shown: the template only places and escapes it.

Everything comes from the Sales Invoice as it was posted, so an old invoice prints as it was issued. Two
things are those of today: its look (the Invoice Template's), and the name of the company's currency beside
taxes in another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.jinja_globals import is_rtl

from paygent_billing.core.money import ZERO, Currency, format_quantity, total_of
from paygent_billing.services.invoices.look import Look, look_of
from paygent_billing.services.invoices.printed_line import PrintedLine, heading_of, printed_line
from paygent_billing.services.invoices.wording import (
	NumberStyle,
	day_in_words,
	plain_lines,
	site_number_style,
)
from paygent_billing.services.numbers import currency_of, day, exact

NO_REMARKS = "No Remarks"
SHORT_TERMS = 300  # characters


@dataclass(frozen=True)
class Fact:
	"""A label and what stands beside it."""

	label: str
	value: str


@dataclass(frozen=True)
class Party:
	"""Seller or buyer: name, the lines of the address and tax numbers."""

	name: str
	address: tuple[str, ...]
	tax_ids: tuple[Fact, ...]


@dataclass(frozen=True)
class LineGroup:
	"""Lines that follow each other and belong to one agent; "" is no heading."""

	heading: str
	lines: tuple[PrintedLine, ...]


@dataclass(frozen=True)
class TotalRow:
	"""A row below the lines. `kind` is part, included (a tax within the prices), total or due."""

	label: str
	amount: str
	kind: str = "part"


@dataclass(frozen=True)
class PrintedInvoice:
	"""The whole invoice as texts, in the language, number style and decimals in which they are shown.

	`beside` stands beside the totals: remarks, and terms that are short. `terms` are those that are long.
	"""

	heading: str
	number: str
	state: str
	direction: str
	currency: str
	look: Look
	seller: Party
	buyer: Party
	facts: tuple[Fact, ...]
	due: TotalRow
	due_note: str
	groups: tuple[LineGroup, ...]
	totals: tuple[TotalRow, ...]
	tax_note: str
	schedule: tuple[Fact, ...]
	beside: tuple[str, ...]
	terms: tuple[str, ...]
	payment_details: tuple[str, ...]


@dataclass(frozen=True)
class Sums:
	"""What the invoice comes to, in its own currency: to pay, still open, and how to write an amount."""

	total: Decimal
	open: Decimal
	currency: Currency
	style: NumberStyle

	def write(self, amount: Decimal) -> str:
		return self.style.money(amount, self.currency)


def billing_invoice_view(invoice: Document) -> PrintedInvoice:
	"""The texts of a Sales Invoice, for a template. Every text is unescaped: the template escapes each."""
	sums, look = _sums(invoice), look_of(invoice)
	terms = plain_lines(invoice.terms)
	has_long_terms = sum(len(line) for line in terms) > SHORT_TERMS
	return PrintedInvoice(
		heading=_heading(invoice),
		number=invoice.name,
		state=_state(invoice),
		direction="rtl" if is_rtl() else "ltr",
		currency=invoice.currency,
		look=look,
		seller=_seller(invoice, look),
		buyer=_buyer(invoice),
		facts=_facts(invoice),
		due=_due(sums),
		due_note=_due_note(invoice, sums),
		groups=_groups(invoice, sums),
		totals=_totals(invoice, sums),
		tax_note=_tax_note(invoice, sums),
		schedule=_schedule(invoice, sums),
		beside=_remarks(invoice) + (() if has_long_terms else terms),
		terms=terms if has_long_terms else (),
		payment_details=look.payment_details if sums.open > 0 else (),
	)


def _heading(invoice: Document) -> str:
	if invoice.select_print_heading:
		return _(invoice.select_print_heading)
	return _("Credit Note") if invoice.is_return else _("Invoice")


def _state(invoice: Document) -> str:
	"""What must stand across an invoice that is none."""
	return {0: _("Draft"), 2: _("Cancelled")}.get(int(invoice.docstatus), "")


def _seller(invoice: Document, look: Look) -> Party:
	numbers = (("Tax ID", invoice.get("company_tax_id")), ("GSTIN", invoice.get("company_gstin")))
	address = look.address or plain_lines(invoice.company_address_display)
	return Party(invoice.company, address, _tax_ids(numbers))


def _buyer(invoice: Document) -> Party:
	name = invoice.customer_name or invoice.customer
	contact = invoice.contact_display
	attention = (_("Attn: {0}").format(contact),) if contact and contact != name else ()
	numbers = (("Tax ID", invoice.get("tax_id")), ("GSTIN", invoice.get("billing_address_gstin")))
	return Party(name, attention + plain_lines(invoice.address_display), _tax_ids(numbers))


def _tax_ids(numbers: tuple[tuple[str, str | None], ...]) -> tuple[Fact, ...]:
	"""The numbers that are there; one that stands under two names is told once, under the more exact name."""
	known = {number: _(label) for label, number in numbers if number}
	return tuple(Fact(label, number) for number, label in known.items())


def _facts(invoice: Document) -> tuple[Fact, ...]:
	issued, due = day(invoice.posting_date), day(invoice.due_date)
	facts = (
		(_("Invoice Number"), invoice.name),
		(_("Invoice Date"), issued and day_in_words(issued)),
		(_("Due Date"), due and not invoice.is_return and day_in_words(due)),
		(_("Credit Note for"), invoice.return_against),
		(_("Order"), invoice.get("billing_order")),
		(_("Your Order"), invoice.po_no),
		(_("Place of Supply"), invoice.get("place_of_supply")),
	)
	return tuple(Fact(label, value) for label, value in facts if value)


def _sums(invoice: Document) -> Sums:
	currency = currency_of(invoice.currency)
	rounded = ZERO if invoice.disable_rounded_total else exact(invoice.rounded_total)
	total = rounded or exact(invoice.grand_total)
	return Sums(total, _open(invoice, total, currency), currency, site_number_style())


def _open(invoice: Document, total: Decimal, currency: Currency) -> Decimal:
	"""What is still to pay, in the invoice's currency. The ledger may keep it in the company's."""
	if not invoice.docstatus:
		return total
	outstanding = exact(invoice.outstanding_amount)
	if invoice.party_account_currency in (None, "", invoice.currency) or not outstanding:
		return outstanding
	in_ledger = (exact(invoice.base_rounded_total), exact(invoice.base_grand_total))
	if outstanding in in_ledger:
		return total
	return currency.round(outstanding / exact(invoice.conversion_rate or 1))


def _due(sums: Sums) -> TotalRow:
	if sums.total < 0:
		return TotalRow(_("Credit to you"), sums.write(-sums.total), "due")
	return TotalRow(_("Amount Due"), sums.write(sums.open), "due")


def _due_note(invoice: Document, sums: Sums) -> str:
	if sums.total < 0:
		return ""
	if sums.open <= 0:
		return _("Paid in full") if sums.total else _("Nothing to pay")
	due = day(invoice.due_date)
	return _("Please pay by {0}").format(day_in_words(due)) if due else ""


def _groups(invoice: Document, sums: Sums) -> tuple[LineGroup, ...]:
	return tuple(
		LineGroup(heading, tuple(printed_line(row, sums.currency, sums.style) for row in rows))
		for heading, rows in groupby(invoice.items, heading_of)
	)


def _totals(invoice: Document, sums: Sums) -> tuple[TotalRow, ...]:
	"""From the lines to what is due. The rows of kind part add up to the total."""
	parts = [*_before_tax(invoice, sums), *(_tax_row(tax, sums) for tax in invoice.taxes)]
	adjustment = sums.total - exact(invoice.grand_total)
	if adjustment:
		parts.append(TotalRow(_("Rounding"), sums.write(adjustment)))
	rows = [*parts, TotalRow(_("Grand Total"), sums.write(sums.total), "total")]
	paid = sums.total - sums.open
	if paid and invoice.docstatus == 1:
		rows.append(TotalRow(_("Paid") if sums.total > 0 else _("Settled"), sums.write(-paid)))
	due = _("Amount Due") if sums.total >= 0 else _("Still to be settled")
	return (*rows, TotalRow(due, sums.write(sums.open), "due"))


def _before_tax(invoice: Document, sums: Sums) -> list[TotalRow]:
	"""Subtotal and discount. With taxes within the prices, the discount is the one that was agreed, gross."""
	subtotal, net = exact(invoice.total), exact(invoice.net_total)
	has_included_tax = any(tax.included_in_print_rate for tax in invoice.taxes)
	discount = abs(exact(invoice.discount_amount)) if has_included_tax else subtotal - net
	rows = [TotalRow(_("Subtotal"), sums.write(subtotal))]
	if discount:
		rows.append(TotalRow(_discount_label(invoice), sums.write(-discount)))
	return rows


def _discount_label(invoice: Document) -> str:
	percent = exact(invoice.additional_discount_percentage)
	return _("Discount {0} %").format(format_quantity(percent)) if percent else _("Discount")


def _tax_row(tax: Document, sums: Sums) -> TotalRow:
	amount = sums.write(exact(tax.tax_amount_after_discount_amount))
	name, rate = " ".join(plain_lines(tax.description)), format_quantity(exact(tax.rate))
	label = name if rate in name or tax.charge_type == "Actual" else f"{name} {sums.style.write(rate)} %"
	if tax.included_in_print_rate:
		return TotalRow(_("of which {0}").format(label), amount, "included")
	return TotalRow(label, amount)


def _tax_note(invoice: Document, sums: Sums) -> str:
	"""The taxes in the company's currency, where an invoice in another one must tell them."""
	own = frappe.get_cached_value("Company", invoice.company, "default_currency")
	taxes = total_of(exact(tax.base_tax_amount_after_discount_amount) for tax in invoice.taxes)
	if own == invoice.currency or not taxes:
		return ""
	rate = sums.style.price(exact(invoice.conversion_rate))
	amount = sums.style.money(taxes, currency_of(own))
	words = _("Tax in {0}: {1} (1 {2} = {3} {0})")
	return words.format(own, amount, invoice.currency, rate)


def _schedule(invoice: Document, sums: Sums) -> tuple[Fact, ...]:
	"""The instalments, when there are more than one."""
	rows = invoice.payment_schedule if len(invoice.payment_schedule) > 1 else []
	return tuple(Fact(day_in_words(day(row.due_date)), sums.write(exact(row.payment_amount))) for row in rows)


def _remarks(invoice: Document) -> tuple[str, ...]:
	return () if invoice.remarks in (NO_REMARKS, _(NO_REMARKS)) else plain_lines(invoice.remarks)
