"""A simulation's results as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from paygent_billing.core.invoicing import InvoiceLine
from paygent_billing.core.money import format_quantity
from paygent_billing.simulator.explain import Explained, explain_invoice
from paygent_billing.simulator.report import Report, lines_of
from paygent_billing.simulator.session import Session
from paygent_billing.simulator.words import date_words, line_words, period_words

#: So many invoices are shown in full; of more there is a summary, and --json has them all.
SHOWN_IN_FULL = 40


def show(console: Console, session: Session) -> None:
	"""All invoices, wallets, credit notes and unbilled usage."""
	report = session.report
	rows = session.store.all("SELECT * FROM invoice ORDER BY number LIMIT ?", SHOWN_IN_FULL)
	for row in rows:
		console.print(invoice_table(report, row))
	for values, lines in report.drafts():
		console.print(draft_table(report, values, lines))
	for table in (_totals(report), _wallets(report), _credit_notes(report), _unbilled(report)):
		if table.row_count:
			console.print(table)


def show_explained(console: Console, session: Session, invoice: Any) -> None:
	"""One invoice, each line with its computation and the facts behind it."""
	console.print(invoice_table(session.report, invoice))
	for number, explained in enumerate(explain_invoice(session.scenario, session.store, invoice), start=1):
		for text in _explanation(session.report, number, explained):
			console.print(text)


def _explanation(report: Report, number: int, explained: Explained) -> Iterator[Text]:
	line = explained.line
	period = period_words(line.period)
	yield Text(f"{number}. {line_words(line)}{', ' if period else ''}{period}", style="bold")
	yield Text(f"   {line.explain} = {report.money(line.amount)} {report.currency.code}")
	for fact in explained.facts:
		yield Text(f"   - {fact}", style="dim")


def invoice_table(report: Report, row: Any) -> Table:
	values = report.invoice(row)
	issued, due = (date_words(date.fromisoformat(values[key])) for key in ("issue_date", "due_date"))
	lines = lines_of(report.store, row["billing"])
	title = f"Invoice {values['number']} - {values['customer']} - {values['order']} - {values['status']}"
	return _lines_table(report, values, lines, title, f"issued {issued}, due {due}")


def draft_table(report: Report, values: dict[str, Any], lines: list[InvoiceLine]) -> Table:
	title = f"Draft - {values['customer']} - {values['order']}"
	return _lines_table(report, values, lines, title, "not issued yet: its grace is not over")


def _lines_table(
	report: Report, values: dict[str, Any], lines: list[InvoiceLine], title: str, caption: str
) -> Table:
	table = Table(title=Text(title, style="bold"), caption=Text(caption), title_justify="left")
	for name in ("for", "service", "quantity", "computed as", "amount"):
		table.add_column(name, justify="right" if name in ("quantity", "amount") else "left")
	for line in lines:
		quantity = format_quantity(line.quantity) if line.line else ""
		cells = (
			line_words(line),
			period_words(line.period),
			quantity,
			line.explain,
			report.money(line.amount),
		)
		table.add_row(*(Text(cell) for cell in cells))
	_add_sums(table, values, report.currency.code)
	return table


def _add_sums(table: Table, values: dict[str, Any], currency: str) -> None:
	table.add_section()
	for key in ("subtotal", "discount", "tax", "total", "paid", "due"):
		style = "bold" if key in ("total", "due") else ""
		table.add_row("", "", "", Text(f"{key} {currency}", style=style), Text(values[key], style=style))


def _table(title: str, *columns: str) -> Table:
	table = Table(title=Text(title, style="bold"), title_justify="left")
	for column in columns:
		table.add_column(column)
	return table


def _totals(report: Report) -> Table:
	"""The number of invoices, when there are more than are shown."""
	table = _table("Invoices", "shown", "of")
	row = report.store.one("SELECT count(*) AS number FROM invoice")
	number = row["number"] if row else 0
	if number > SHOWN_IN_FULL:
		table.add_row(str(SHOWN_IN_FULL), f"{number}: --json has all")
	return table


def _wallets(report: Report) -> Table:
	table = _table("Wallets", "customer", "currency", "available", "pending")
	for values in report.wallets():
		table.add_row(*(Text(text) for text in values.values()))
	return table


def _credit_notes(report: Report) -> Table:
	table = _table("Credit notes", "number", "order", "customer", "issued", "total")
	for values in report.credit_notes():
		keys = ("number", "order", "customer", "issue_date", "total")
		table.add_row(*(Text(str(values[key])) for key in keys))
	return table


def _unbilled(report: Report) -> Table:
	table = _table("Usage that no invoice holds", "id", "reason")
	for values in report.unbilled():
		table.add_row(Text(values["id"]), Text(values["reason"]))
	return table
