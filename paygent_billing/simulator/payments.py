"""Payments of invoices, and invoices that become void."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from paygent_billing.core.lifecycle import InvoiceStatus, TransitionError, check_invoice_transition
from paygent_billing.core.money import EXACT, total_of
from paygent_billing.simulator import wallet
from paygent_billing.simulator.changes import RefusedError
from paygent_billing.simulator.rows import utc_text
from paygent_billing.simulator.store import Store


@dataclass(frozen=True)
class Payments:
	"""Every method runs within the caller's transaction; `cause` names the event."""

	store: Store

	def pay_order(self, order: str, at: datetime, *, cause: str) -> None:
		"""All open invoices of the order are marked as paid."""
		rows = self.store.all(
			"SELECT number, total FROM invoice WHERE order_id = ? AND state = 'open' ORDER BY number", order
		)
		for invoice in rows:
			self._receive(invoice, self._due(invoice), at, cause=f"{cause}, invoice {invoice['number']}")

	def pay_invoice(self, number: int, at: datetime, *, cause: str) -> None:
		"""The invoice is marked as paid; one that is paid already stays as it is."""
		invoice = self._invoice(number)
		if invoice["state"] == "void":
			raise RefusedError(f"Invoice {number} is void: it cannot be paid")
		if invoice["state"] == "open":
			self._receive(invoice, self._due(invoice), at, cause=cause)

	def record(self, number: int, amount: Decimal, at: datetime, *, cause: str) -> None:
		invoice = self._invoice(number)
		due = self._due(invoice) if invoice["state"] == "open" else Decimal(0)
		if amount > due:
			raise RefusedError(f"Invoice {number} has {due} due: a payment of {amount} is more than that")
		self._receive(invoice, amount, at, cause=cause)

	def void(self, number: int) -> None:
		"""The invoice is void: its credits go back, and so does what was carried over to it."""
		invoice = self._invoice(number)
		_check_void(invoice, self._due(invoice))
		self.store.execute("UPDATE invoice SET state = 'void' WHERE number = ?", number)
		wallet.reverse(self.store, number, invoice["billing"])
		self.store.execute(
			"INSERT INTO pending_line (order_id, cause, content) SELECT order_id, ?, content "
			"FROM pending_line WHERE billing = ? AND json_extract(content, '$.type') = 'carry_forward'",
			f"invoice {number} void",
			invoice["billing"],
		)

	def _receive(self, invoice: Any, amount: Decimal, at: datetime, *, cause: str) -> None:
		number = invoice["number"]
		self.store.insert("payment", invoice=number, amount=str(amount), at=utc_text(at), cause=cause)
		if not self._due(invoice):
			self.store.execute("UPDATE invoice SET state = 'paid' WHERE number = ?", number)
			wallet.release(self.store, number)

	def _invoice(self, number: int) -> Any:
		row = self.store.one("SELECT number, billing, total, state FROM invoice WHERE number = ?", number)
		if row is None:
			raise RefusedError(
				f"There is no invoice {number} at this time: nothing was issued with that number"
			)
		return row

	def _due(self, invoice: Any) -> Decimal:
		return EXACT.subtract(Decimal(invoice["total"]), paid_for(self.store, invoice["number"]))


def paid_for(store: Store, invoice: int) -> Decimal:
	"""The sum of the payments of the invoice."""
	return total_of(
		Decimal(row["amount"])
		for row in store.execute("SELECT amount FROM payment WHERE invoice = ?", invoice)
	)


def _check_void(invoice: Any, due: Decimal) -> None:
	try:
		check_invoice_transition(InvoiceStatus(invoice["state"]), InvoiceStatus.VOID)
	except TransitionError as error:
		raise RefusedError(f"Invoice {invoice['number']}: {error}") from None
	if due != Decimal(invoice["total"]):
		raise RefusedError(f"Invoice {invoice['number']} is paid in part: it cannot become void")
