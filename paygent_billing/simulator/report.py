"""A simulation's results as JSON: scenarios.md has the format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import InvoiceLine
from paygent_billing.core.lifecycle import InvoiceStatus, invoice_status
from paygent_billing.core.money import ZERO, Currency, format_quantity
from paygent_billing.scenarios import Scenario
from paygent_billing.scenarios.moments import last_day
from paygent_billing.simulator import wallet
from paygent_billing.simulator.drafts import drafted
from paygent_billing.simulator.orders import Orders
from paygent_billing.simulator.payments import paid_for
from paygent_billing.simulator.rows import LINE_COLUMNS, line_of
from paygent_billing.simulator.store import Store
from paygent_billing.simulator.unbilled import unbilled_usage


class Report:
	"""What a store holds when a scenario's time ends."""

	def __init__(self, scenario: Scenario, store: Store) -> None:
		self.scenario = scenario
		self.store = store
		self.today = last_day(scenario) or date.min

	@property
	def currency(self) -> Currency:
		return self.scenario.currency

	def money(self, amount: Decimal | str) -> str:
		return self.currency.format(Decimal(amount))

	def invoices(self) -> Iterator[dict[str, Any]]:
		"""The invoices by number, then the drafts by order."""
		for row in self.store.execute("SELECT * FROM invoice ORDER BY number"):
			yield self.invoice(row)
		for values, _ in self.drafts():
			yield values

	def drafts(self) -> list[tuple[dict[str, Any], list[InvoiceLine]]]:
		"""The invoices that wait for their grace, with their lines: without number and dates."""
		rows = drafted(self.scenario, self.store, self.today)
		return [(self._draft(row), lines_of(self.store, row["billing"])) for row in rows]

	def _draft(self, row: Any) -> dict[str, Any]:
		issued = self.invoice(row)
		status = InvoiceStatus.DRAFT.value
		return {**issued, "number": None, "issue_date": None, "due_date": None, "status": status}

	def invoice(self, row: Any) -> dict[str, Any]:
		paid, status = self._settled(row)
		due = ZERO if status is InvoiceStatus.VOID else Decimal(row["total"]) - paid
		return {
			"number": row["number"],
			"order": row["order_id"],
			"customer": row["customer"],
			"issue_date": row["issue_date"],
			"due_date": row["due_date"],
			"lines": [self._line(line) for line in lines_of(self.store, row["billing"])],
			**{key: self.money(row[key]) for key in ("subtotal", "discount", "tax", "total")},
			"paid": self.money(paid),
			"due": self.money(due),
			"status": status.value,
		}

	def _settled(self, row: Any) -> tuple[Decimal, InvoiceStatus]:
		paid = paid_for(self.store, row["number"])
		if row["state"] == "void":
			return paid, InvoiceStatus.VOID
		due_date = date.fromisoformat(row["due_date"])
		return paid, invoice_status(Decimal(row["total"]), paid, due_date, self.today)

	def _line(self, line: InvoiceLine) -> dict[str, Any]:
		return {
			"line": line.line,
			"charge": line.charge,
			"type": line.type.value,
			"from": line.period.start.isoformat() if line.period else None,
			"to": line.period.last_day.isoformat() if line.period else None,
			"quantity": format_quantity(line.quantity),
			"amount": self.money(line.amount),
		}

	def credit_notes(self) -> Iterator[dict[str, Any]]:
		"""What customers are owed at the end of their orders, and what was refunded."""
		rows = self.store.execute(
			"SELECT note.*, coalesce(note.refunds, invoice.number) AS invoice FROM credit_note note "
			"LEFT JOIN invoice ON invoice.billing = note.billing ORDER BY note.number"
		)
		for row in rows:
			lost = row["not_taken_back"]
			yield {
				"number": row["number"],
				"order": row["order_id"],
				"customer": row["customer"],
				"issue_date": row["issue_date"],
				"invoice": row["invoice"],
				**{key: self.money(row[key]) for key in ("subtotal", "tax", "total")},
				**({"credits_not_taken_back": self.money(lost)} if lost else {}),
			}

	def wallets(self) -> Iterator[dict[str, Any]]:
		for customer, balance in wallet.balances(self.store).items():
			yield {
				"customer": customer,
				"currency": self.currency.code,
				"available": self.money(balance.available),
				"pending": self.money(balance.pending),
			}

	def unbilled(self) -> Iterator[dict[str, Any]]:
		for id, reason in unbilled_usage(self.store, Orders(self.store, self.scenario)):
			yield {"id": id, "reason": reason}

	def json(self) -> Iterator[str]:
		"""The report as pieces of JSON text, so that a long one need not fit into memory."""
		yield '{\n "invoices": '
		yield from _array(self.invoices())
		yield ',\n "wallets": '
		yield from _array(self.wallets())
		for key, values in (("unbilled", self.unbilled()), ("credit_notes", self.credit_notes())):
			pieces = _array(values)
			first = next(pieces)
			if first != "[]":
				yield f',\n "{key}": {first}'
				yield from pieces
		yield "\n}\n"


def lines_of(store: Store, billing: int) -> list[InvoiceLine]:
	"""The lines of a billing date, as they stand on its invoice."""
	rows = store.all(
		f"SELECT {', '.join(LINE_COLUMNS)} FROM invoice_line WHERE billing = ? ORDER BY position", billing
	)
	return [line_of(row) for row in rows]


def _array(values: Iterator[dict[str, Any]]) -> Iterator[str]:
	"""A list inside the report, indented as json.dumps does; its first piece is "[]" when it is empty."""
	separator = "["
	for value in values:
		text = json.dumps(value, indent=1, ensure_ascii=False).replace("\n", "\n  ")
		yield f"{separator}\n  {text}"
		separator = ","
	yield "[]" if separator == "[" else "\n ]"
