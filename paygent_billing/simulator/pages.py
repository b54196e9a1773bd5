"""Invoices as HTML pages, and as PDF beside them where WeasyPrint is installed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from paygent_billing.core.money import format_quantity
from paygent_billing.simulator.report import Report, lines_of
from paygent_billing.simulator.session import Session
from paygent_billing.simulator.words import date_words, line_words, period_words

_PAGES = Environment(
	loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)


def write_pages(session: Session, folder: Path) -> list[Path]:
	"""Writes one page for each invoice into the folder, which is made; the files, by invoice number."""
	folder.mkdir(parents=True, exist_ok=True)
	files = []
	for row in session.store.execute("SELECT * FROM invoice ORDER BY number"):
		html = page(session.report, row)
		file = folder / f"invoice-{row['number']:04}.html"
		file.write_text(html, encoding="utf-8")
		files += [file, *_write_pdf(html, file.with_suffix(".pdf"))]
	return files


def page(report: Report, row: Any) -> str:
	"""The invoice as HTML. All text in it is escaped."""
	invoice = report.invoice(row)
	taxes = [
		{"name": tax["name"], "rate": tax["rate"], "amount": report.money(tax["amount"])}
		for tax in json.loads(row["taxes"])
	]
	return _PAGES.get_template("invoice.html").render(
		invoice=invoice,
		issued=date_words(date.fromisoformat(invoice["issue_date"])),
		due=date_words(date.fromisoformat(invoice["due_date"])),
		lines=_lines(report, row["billing"]),
		taxes=taxes,
		currency=report.currency.code,
		has_discount=bool(Decimal(row["discount"])),
		scenario=report.scenario.name,
	)


def _lines(report: Report, billing: int) -> list[dict[str, str]]:
	return [
		{
			"words": line_words(line),
			"service": period_words(line.period),
			"quantity": format_quantity(line.quantity) if line.line else "",
			"explain": line.explain,
			"amount": report.money(line.amount),
		}
		for line in lines_of(report.store, billing)
	]


def _write_pdf(html: str, file: Path) -> list[Path]:
	"""The PDF's file, or nothing where WeasyPrint or its libraries are missing."""
	try:
		import weasyprint  # type: ignore[import-not-found,import-untyped,unused-ignore]
	except (ImportError, OSError):
		return []
	weasyprint.HTML(string=html, url_fetcher=_fetch_nothing).write_pdf(file)
	return [file]


def _fetch_nothing(url: str, *arguments: Any, **options: Any) -> dict[str, Any]:
	raise ValueError(f"An invoice's page loads nothing from elsewhere, also not {url}")
