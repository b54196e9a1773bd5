"""Refunds of paid invoices: a credit note each, and the credits that came with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import Parts, RefundError, credits_to_take_back, refund_parts
from paygent_billing.core.money import EXACT, Currency, total_of
from paygent_billing.simulator import wallet
from paygent_billing.simulator.changes import RefusedError
from paygent_billing.simulator.rows import to_json
from paygent_billing.simulator.store import Store


@dataclass(frozen=True)
class Refunds:
	"""Every method runs within the caller's transaction; `cause` names the event."""

	store: Store
	currency: Currency

	def refund(self, number: int, amount: Decimal | None, today: date, *, cause: str) -> None:
		"""Gives back the amount, or all that is left. A refund of the whole invoice returns what it drew."""
		invoice = self._paid_invoice(number)
		whole, before = _parts(invoice), self._refunded(number)
		is_whole = before is None and amount in (None, whole.total)
		before = before or Parts(Decimal(0), tuple(Decimal(0) for _ in whole.taxes))
		parts = self._parts_of_refund(number, whole, before, amount)
		granted = wallet.granted_by(self.store, number)
		wanted = credits_to_take_back(granted, whole.total, before.total, parts.total, self.currency)
		taken = wallet.take_back(self.store, number, wanted, cause=cause)
		if is_whole:
			wallet.restore(self.store, invoice["billing"], cause=f"{cause}, restored")
		self._write(invoice, parts, today, EXACT.subtract(wanted, taken))

	def _parts_of_refund(self, number: int, whole: Parts, before: Parts, amount: Decimal | None) -> Parts:
		try:
			return refund_parts(whole, before, amount, self.currency)
		except RefundError as error:
			raise RefusedError(f"Invoice {number}: {error}") from None

	def _paid_invoice(self, number: int) -> Any:
		row = self.store.one("SELECT * FROM invoice WHERE number = ?", number)
		if row is None:
			raise RefusedError(
				f"There is no invoice {number} at this time: nothing was issued with that number"
			)
		if row["state"] != "paid":
			raise RefusedError(f"Invoice {number} is {row['state']}: only a paid one can be refunded")
		return row

	def _refunded(self, number: int) -> Parts | None:
		"""What is refunded of the invoice so far; None when nothing is."""
		rows = self.store.all("SELECT subtotal, taxes FROM credit_note WHERE refunds = ?", number)
		notes = [Parts(Decimal(row["subtotal"]), _amounts(row["taxes"])) for row in rows]
		if not notes:
			return None
		taxes = tuple(total_of(column) for column in zip(*(note.taxes for note in notes), strict=True))
		refunded = Parts(total_of(note.net for note in notes), taxes)
		if refunded == _parts(self.store.one("SELECT * FROM invoice WHERE number = ?", number)):
			raise RefusedError(f"Invoice {number} is refunded already")
		return refunded

	def _write(self, invoice: Any, parts: Parts, today: date, not_taken_back: Decimal) -> None:
		self.store.insert(
			"credit_note",
			refunds=invoice["number"],
			order_id=invoice["order_id"],
			customer=invoice["customer"],
			issue_date=today.isoformat(),
			subtotal=str(parts.net),
			tax=str(total_of(parts.taxes)),
			taxes=to_json([str(tax) for tax in parts.taxes]),
			total=str(parts.total),
			not_taken_back=str(not_taken_back) if not_taken_back else None,
		)


def _parts(invoice: Any) -> Parts:
	net = EXACT.subtract(Decimal(invoice["subtotal"]), Decimal(invoice["discount"]))
	return Parts(net, tuple(Decimal(tax["amount"]) for tax in json.loads(invoice["taxes"])))


def _amounts(taxes: str) -> tuple[Decimal, ...]:
	return tuple(Decimal(amount) for amount in json.loads(taxes))
