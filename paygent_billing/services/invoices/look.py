"""How an invoice looks: what its Invoice Template says, or what the app brings when there is none."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.model.document import Document

#: Names without quotes, since they stand in a style sheet.
FAMILIES = {
	"Sans": "Inter, Noto Sans, Liberation Sans, Helvetica Neue, Arial, DejaVu Sans",
	"Serif": "Noto Serif, Liberation Serif, Georgia, Times New Roman, DejaVu Serif",
	"Monospace": "Noto Sans Mono, Liberation Mono, Menlo, Consolas, DejaVu Sans Mono",
}
OTHER_SCRIPTS = (
	"Noto Sans Arabic, Noto Sans Hebrew, Noto Sans Devanagari, Noto Sans Thai, {cjk}, PingFang SC,"
	" Hiragino Sans, Microsoft YaHei, Malgun Gothic, WenQuanYi Micro Hei, Droid Sans Fallback"
)
CJK = {"ja": "Noto Sans CJK JP, Hiragino Sans", "ko": "Noto Sans CJK KR, Malgun Gothic"}
CJK_ELSEWHERE = "Noto Sans CJK SC, Noto Sans CJK JP"
ACCENT, INK = "#1d4ed8", "#1b2430"


@dataclass(frozen=True)
class Look:
	"""Colours and fonts as CSS has them; the words line by line, as plain text."""

	fonts: str
	accent: str = ACCENT
	ink: str = INK
	page_size: str = ""
	logo: str | None = None
	address: tuple[str, ...] = ()
	payment_details: tuple[str, ...] = ()
	footer: tuple[str, ...] = ()


def look_of(invoice: Document) -> Look:
	"""The look that the invoice's own template gives it, else the one of Paygent Settings."""
	return look_of_company(invoice.company, invoice.get("invoice_template"))


def look_of_company(company: str, template: str | None = None) -> Look:
	"""The look of what is no invoice of its own, such as a statement."""
	name = _name_of(template)
	own_logo = frappe.get_cached_value("Company", company, "company_logo")
	if not name:
		return Look(fonts_of("Sans"), logo=own_logo)
	told = frappe.get_cached_doc("Invoice Template", name)
	return Look(
		fonts=fonts_of(told.font),
		accent=told.accent_color or ACCENT,
		ink=told.text_color or INK,
		page_size=told.page_size or "",
		logo=told.logo or own_logo,
		address=_lines(told.address),
		payment_details=_lines(told.payment_details),
		footer=_lines(told.footer),
	)


def page_size_of(template: str | None) -> str:
	"""The size that the template, else the one of Paygent Settings, asks for; empty when none does."""
	name = _name_of(template)
	return (frappe.get_cached_value("Invoice Template", name, "page_size") if name else "") or ""


def _name_of(template: str | None) -> str | None:
	return template or frappe.db.get_single_value("Paygent Settings", "invoice_template")


def fonts_of(font: str) -> str:
	"""The families to try, one after the other, so that every script finds one in the reader's language."""
	language = (frappe.local.lang or "en")[:2]
	others = OTHER_SCRIPTS.format(cjk=CJK.get(language, CJK_ELSEWHERE))
	kind = {"Serif": "serif", "Monospace": "monospace"}.get(font, "sans-serif")
	return f"{FAMILIES.get(font, FAMILIES['Sans'])}, {others}, {kind}"


def _lines(text: str | None) -> tuple[str, ...]:
	return tuple(line.strip() for line in (text or "").splitlines() if line.strip())
