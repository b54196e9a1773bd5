"""Credits that come with a billing period, and the invoice for whose payment they wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from paygent_billing.core.invoicing import OrderTerms, PeriodCredits
from paygent_billing.core.money import total_of
from paygent_billing.simulator import wallet
from paygent_billing.simulator.store import Store


def grant_all(
	store: Store, terms: OrderTerms, grants: Sequence[PeriodCredits], granted_on: date, *, billing: int
) -> None:
	"""Grants the credits whose invoice is neither void nor refunded as a whole. They wait for its payment;
	where it is paid, or nothing was to be paid, they are available at once.
	"""
	for number, credits in enumerate(grants):
		invoice = _invoice_of_fee(store, terms.id, credits)
		if invoice and (invoice["state"] == "void" or _is_refunded(store, invoice)):
			continue
		grant = wallet.Grant(
			credits.line,
			credits.amount,
			credits.period,
			granted_on,
			invoice["number"] if invoice else None,
			is_paid=bool(invoice) and invoice["state"] == "paid",
		)
		wallet.grant_to_line(store, terms, grant, cause=f"billing {billing} credits {number}")


def _invoice_of_fee(store: Store, order: str, credits: PeriodCredits) -> Any:
	"""The newest invoice with the fee to which the credits belong; None when the fee needed none."""
	row = store.one(
		"SELECT invoice.* FROM billing_period JOIN invoice_line ON invoice_line.billing = billing_period.id"
		" LEFT JOIN invoice ON invoice.billing = billing_period.id"
		" WHERE billing_period.order_id = ? AND line = ? AND charge = ? AND start = ?"
		" ORDER BY billing_period.id DESC LIMIT 1",
		order,
		credits.line,
		credits.charge,
		credits.fee_from.isoformat(),
	)
	return row if row and row["number"] else None


def _is_refunded(store: Store, invoice: Any) -> bool:
	"""Whether all of the invoice is refunded."""
	notes = store.all("SELECT total FROM credit_note WHERE refunds = ?", invoice["number"])
	given_back = total_of(Decimal(note["total"]) for note in notes)
	return bool(notes) and given_back == Decimal(invoice["total"])
