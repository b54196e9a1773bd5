"""Wallet entries: written once per cause, with the wallet's balance in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import Billing, InvoiceLine
from paygent_billing.core.wallet import Entry, EntryKind, balance_of
from paygent_billing.services.numbers import day
from paygent_billing.services.orders.terms import rollover_of
from paygent_billing.services.wallets.lots import wallet_of


@dataclass(frozen=True)
class Cause:
	"""What moves credits: a key that counts once, the day, and the invoice that it stands on."""

	key: str
	happened_on: date
	sales_invoice: str | None = None
	reason: str | None = None


def post_billing(
	order: Document, billing: Billing, *, period: str, invoice: str | None, happened_on: date
) -> None:
	"""Posts what a billing date moves: drawn and expired credits, and those granted with its fees.

	Grants wait for the invoice's payment; where nothing is to be paid they are available at once.
	"""
	granting = [line for line in billing.draft.lines if line.credits]
	if not billing.entries and not granting:
		return
	wallet = ensure_wallet(order.customer, order.currency)
	cause = Cause(period, happened_on, invoice)
	post_entries(wallet, billing.entries, cause)
	is_free = not billing.is_issued or not billing.draft.total
	for number, line in enumerate(granting):
		_grant(wallet, order, line, Cause(f"{period} {number}", happened_on, invoice), is_free)


def ensure_wallet(customer: str, currency: str) -> str:
	"""The customer's wallet in the currency, made when there is none, locked until the transaction ends."""
	name = wallet_of(customer, currency, for_update=True)
	if name:
		return name
	wallet = frappe.new_doc("Prepaid Wallet")
	wallet.update({"customer": customer, "currency": currency, "credit_value": 1})
	wallet.flags.ignore_permissions = True  # below the permission check for what grants or spends
	try:
		wallet.insert()
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
		frappe.clear_last_message()  # somebody else has made it meanwhile
	return wallet_of(customer, currency, for_update=True) or frappe.throw(
		_("The wallet of {0} is being made elsewhere. Try again.").format(customer)
	)


def post_entries(
	wallet: str, entries: Sequence[Entry], cause: Cause, *, terms: Mapping[str, object] | None = None
) -> None:
	"""Adds the entries and moves the balance by their sum. Refused when it would fall below zero.

	`terms` are those of a new lot: its source, period, expiry and rollover.
	"""
	if not entries:
		return
	for number, entry in enumerate(entries):
		_insert(wallet, entry, cause, f"{entry.kind.value}:{cause.key}:{number}", terms or {})
	_move_balance(wallet, entries)


def _grant(wallet: str, order: Document, line: InvoiceLine, cause: Cause, is_free: bool) -> None:
	row = max((row for row in order.lines if row.line == line.line), key=lambda row: day(row.valid_from))
	rollover = rollover_of(row)
	lot = f"grant:{cause.key}"
	granted = Entry(EntryKind.GRANT, lot, pending=line.credits)
	terms = {
		"source": "granted",
		"billing_order": order.name,
		"order_line": line.line,
		"period_end": line.period.end if line.period else None,
		"rollover": "All" if rollover.cap is None else "Capped" if rollover.cap else "None",
		"rollover_cap": float(rollover.cap or 0),
	}
	post_entries(wallet, [granted], cause, terms=terms)
	if is_free:
		post_entries(wallet, [Entry(EntryKind.RELEASE, lot, line.credits, -line.credits)], cause)


def _insert(wallet: str, entry: Entry, cause: Cause, key: str, terms: Mapping[str, object]) -> None:
	row = frappe.new_doc("Wallet Entry")
	row.update(
		{
			"wallet": wallet,
			"kind": entry.kind.value,
			"lot": entry.lot,
			"available": float(entry.available),
			"pending": float(entry.pending),
			"cause": key,
			"happened_on": cause.happened_on,
			"sales_invoice": cause.sales_invoice,
			"reason": cause.reason,
			**terms,
		}
	)
	row.db_insert_as_service()


def _move_balance(wallet: str, entries: Sequence[Entry]) -> None:
	"""One conditional update decides: a balance that would fall below zero is left as it is, and refused."""
	moved = balance_of(entries)
	if not moved.available and not moved.pending:
		return
	table = frappe.qb.DocType("Prepaid Wallet")
	(
		frappe.qb.update(table)
		.set(table.available, table.available + moved.available)
		.set(table.pending, table.pending + moved.pending)
		.where(table.name == wallet)
		.where(table.available + moved.available >= 0)
		.where(table.pending + moved.pending >= 0)
		.run()
	)
	if frappe.db._cursor.rowcount != 1:
		frappe.throw(_("The wallet {0} does not hold enough credits for this.").format(wallet))
