"""One line of a printed invoice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import LineType
from paygent_billing.core.money import Currency, format_price, format_quantity
from paygent_billing.services.invoices.wording import NumberStyle, days_in_words, plain_lines
from paygent_billing.services.numbers import day, exact

PER_PACKAGE = "packages of"
WITHOUT_QUANTITY = (LineType.CREDIT.value, LineType.CARRY_FORWARD.value)


@dataclass(frozen=True)
class PrintedLine:
	"""What stands in the columns, and in small type below the title. `tag` names what a negative line is."""

	title: str
	notes: tuple[str, ...]
	quantity: str
	unit_price: str
	amount: str
	tag: str


def heading_of(row: Document) -> str:
	"""What the line stands under: its agent; for credits and the like, those. Other sales stand on their
	own.
	"""
	if not row.get("billing_type"):
		return ""
	return row.item_name if row.ai_agent else _("Credits and adjustments")


def printed_line(row: Document, currency: Currency, style: NumberStyle) -> PrintedLine:
	"""The Sales Invoice Item as texts. A line that billing did not write shows ERPNext's own quantity and
	rate.
	"""
	amount = exact(row.amount)
	title, notes = _billed_words(row, style) if row.get("billing_type") else _sold_words(row)
	quantity, unit_price = (
		_billed_numbers(row) if row.get("billing_type") else (exact(row.qty), exact(row.rate))
	)
	return PrintedLine(
		title=title,
		notes=tuple(note for note in notes if note),
		quantity="" if quantity is None else style.quantity(quantity),
		unit_price="" if unit_price is None else style.price(unit_price),
		amount=style.money(amount, currency),
		tag=_tag(row, amount),
	)


def _billed_numbers(row: Document) -> tuple[Decimal | None, Decimal | None]:
	"""Quantity and unit price, where they say something: corrections and packages say it in small type."""
	if row.billing_type in WITHOUT_QUANTITY or (exact(row.amount) < 0 and not exact(row.unit_price)):
		return None, None
	is_price_of_one = PER_PACKAGE not in (row.computed_as or "")
	return exact(row.billed_quantity), (exact(row.unit_price) or None) if is_price_of_one else None


def _billed_words(row: Document, style: NumberStyle) -> tuple[str, tuple[str, ...]]:
	"""The title, and days, computation and units that were free. The description repeats the days: left
	out.
	"""
	title, *more = plain_lines(row.description) or (row.item_name,)
	period = _period(row)
	notes = more[:-1] if period else more
	return title, (period, _computation(row, title, style), _included(row, style), *notes, _hsn(row))


def _sold_words(row: Document) -> tuple[str, tuple[str, ...]]:
	notes = tuple(line for line in plain_lines(row.description) if line != row.item_name)
	return row.item_name, (*notes, _period(row), _hsn(row))


def _period(row: Document) -> str:
	first = day(row.get("service_from") or row.get("service_start_date"))
	last = day(row.get("service_to") or row.get("service_end_date"))
	return days_in_words(first, last) if first and last else ""


def _computation(row: Document, title: str, style: NumberStyle) -> str:
	"""How the amount came about, its sign aside; "" when quantity, unit price and title say it already."""
	words = row.computed_as or ""
	price = format_price(exact(row.unit_price))
	obvious = (price, f"{format_quantity(exact(row.billed_quantity))} x {price}", "0")
	if words in obvious or words.casefold() in title.casefold():
		return ""
	return style.computation(words.removeprefix("- "))


def _included(row: Document, style: NumberStyle) -> str:
	"""The units of the quantity that were free, where the invoice keeps them."""
	units = exact(row.get("included_quantity"))
	if not units or "included" in (row.computed_as or ""):
		return ""
	return _("{0} included").format(style.quantity(units))


def _hsn(row: Document) -> str:
	code = row.get("gst_hsn_code")
	return _("HSN/SAC {0}").format(code) if code else ""


def _tag(row: Document, amount: Decimal) -> str:
	if amount >= 0 or not row.get("billing_type"):
		return ""
	return _("Credit") if row.billing_type in WITHOUT_QUANTITY else _("Correction")
