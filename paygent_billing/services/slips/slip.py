"""What stands on a roll of paper, 58 or 80 mm wide: taken from what the full page says."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.model.document import Document

from paygent_billing.services.invoices.presentation import (
	Fact,
	PrintedInvoice,
	TotalRow,
	billing_invoice_view,
)
from paygent_billing.services.invoices.printed_line import PrintedLine
from paygent_billing.services.invoices.receipt_view import billing_receipt_view
from paygent_billing.services.slips.qr import svg_of

SELLER_LINES = 4
FACTS = 5


@dataclass(frozen=True)
class SlipLine:
	"""What was sold, in small type how much of it, and the amount."""

	title: str
	detail: str
	amount: str


@dataclass(frozen=True)
class Slip:
	"""A slip as texts, unescaped. `link` leads to the customer's view; `qr` draws it as SVG."""

	heading: str
	state: str
	direction: str
	currency: str
	fonts: str
	seller: str
	seller_lines: tuple[str, ...]
	buyer: str
	facts: tuple[Fact, ...]
	lines: tuple[SlipLine, ...]
	totals: tuple[TotalRow, ...]
	notes: tuple[str, ...]
	link: str

	@property
	def qr(self) -> str:
		return svg_of(self.link) if self.link else ""


def billing_slip(document: Document) -> Slip:
	"""The slip of a Sales Invoice or Billing Receipt. Its link is the one that the printing was given."""
	is_receipt = document.doctype == "Billing Receipt"
	view = billing_receipt_view(document) if is_receipt else billing_invoice_view(document)
	return _slip(view, link=frappe.flags.slip_link or "")


def _slip(view: PrintedInvoice, *, link: str) -> Slip:
	tax_ids = tuple(f"{number.label}: {number.value}" for number in view.seller.tax_ids)
	return Slip(
		heading=view.heading,
		state=view.state,
		direction=view.direction,
		currency=view.currency,
		fonts=view.look.fonts,
		seller=view.seller.name,
		seller_lines=(*view.seller.address[:SELLER_LINES], *tax_ids),
		buyer=view.buyer.name,
		facts=view.facts[:FACTS],
		lines=tuple(_line(line) for group in view.groups for line in group.lines),
		totals=view.totals,
		notes=(*((view.due_note,) if view.due_note else ()), *view.look.footer),
		link=link,
	)


def _line(line: PrintedLine) -> SlipLine:
	count = " × ".join(part for part in (line.quantity, line.unit_price) if part)
	period = line.notes[0] if line.notes else ""
	return SlipLine(line.title, " · ".join(part for part in (count, period) if part), line.amount)
