"""How numbers, days and rich text are written on a document for people. Exact: no float comes between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape

import frappe
from babel import Locale, UnknownLocaleError
from babel.dates import format_interval, format_skeleton
from frappe.utils import get_number_format_info

from paygent_billing.core.money import Currency, format_price, format_quantity

THIN_SPACE = "\u2009"  # some versions of Babel write it, and not every font has it
NO_BREAK_SPACE = "\u00a0"
NUMBER_IN_WORDS = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w,-]|\.\d)")
TIMES_IN_WORDS = re.compile(r" x (?=[\d(])")
LINE_ENDS = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
LIST_ITEMS = re.compile(r"<\s*li\b[^>]*>", re.IGNORECASE)
TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class NumberStyle:
	"""The site's decimal point and thousands separator; `is_lakh` groups as in 12,34,567."""

	point: str = "."
	separator: str = ","
	is_lakh: bool = False

	def money(self, amount: Decimal, currency: Currency) -> str:
		"""The amount with exactly the currency's decimals: "1,234.50", "2,700", "1.005"."""
		return self.write(currency.format(amount))

	def price(self, price: Decimal) -> str:
		"""A unit price with at least two decimals and no zeros after them: "99.00", "0.00025"."""
		return self.write(format_price(price))

	def quantity(self, quantity: Decimal) -> str:
		"""The number without trailing zeros: "500,000", "0.5"."""
		return self.write(format_quantity(quantity))

	def computation(self, words: str) -> str:
		"""The words of a computation with each number in this style: "500,000 × 0.015"."""
		styled = NUMBER_IN_WORDS.sub(lambda found: self.write(found.group()), words)
		return TIMES_IN_WORDS.sub(" × ", styled)

	def write(self, plain: str) -> str:
		"""A number as Python writes it ("-1234.5") in this style."""
		sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
		whole, _, fraction = digits.partition(".")
		return sign + self._grouped(whole) + (self.point + fraction if fraction else "")

	def _grouped(self, whole: str) -> str:
		head, groups = whole[:-3], [whole[-3:]]
		size = 2 if self.is_lakh else 3
		while head:
			groups.insert(0, head[-size:])
			head = head[:-size]
		return self.separator.join(groups)


def site_number_style() -> NumberStyle:
	"""The style that System Settings ask for; the decimals of an amount are its currency's affair."""
	number_format = frappe.db.get_default("number_format") or "#,###.##"
	point, separator, _ = get_number_format_info(number_format)
	point = point or ("," if separator == "." else ".")
	return NumberStyle(point, separator.replace(" ", NO_BREAK_SPACE), number_format.startswith("#,##,"))


def day_in_words(on: date) -> str:
	"""The day in the language of the document, with the month's name: nobody takes it for another day."""
	return format_skeleton("yMMMd", on, locale=_locale())


def days_in_words(first: date, last: date) -> str:
	"""Both days and all between, as short as the language says it: "Feb 1 – 28, 2026"."""
	if first == last:
		return day_in_words(first)
	return format_interval(first, last, "yMMMd", locale=_locale()).replace(THIN_SPACE, " ")


def plain_lines(rich_text: str | None) -> tuple[str, ...]:
	"""The text of HTML, line by line, without any tag. What it returns is text: escape it where it is
	shown.
	"""
	marked = LINE_ENDS.sub("\n", LIST_ITEMS.sub("• ", rich_text or ""))
	lines = (" ".join(line.split()) for line in unescape(TAGS.sub("", marked)).splitlines())
	return tuple(line for line in lines if line)


def _locale() -> Locale:
	try:
		return Locale.parse((frappe.local.lang or "en").replace("-", "_"))
	except (UnknownLocaleError, ValueError):
		return Locale("en")
