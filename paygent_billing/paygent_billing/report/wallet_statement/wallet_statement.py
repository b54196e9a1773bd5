"""A customer's prepaid credits over a period: opening, every entry with its cause, closing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from paygent_billing.core.period import period_or_none
from paygent_billing.services.wallets.statement import WalletStatement, wallet_statement


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict]]:
	"""Columns and rows for the wallet and the days that the filters name, both days included."""
	chosen = frappe._dict(filters or {})
	if not (chosen.wallet and chosen.from_date and chosen.to_date):
		return _columns(), []
	frappe.get_doc("Prepaid Wallet", chosen.wallet).check_permission("read")
	period = period_or_none(getdate(chosen.from_date), getdate(chosen.to_date) + timedelta(days=1))
	if period is None:
		frappe.throw(_("The last day lies before the first."))
	return _columns(), list(_rows(wallet_statement(chosen.wallet, period)))


def _rows(statement: WalletStatement) -> Iterator[dict[str, Any]]:
	yield _balance(statement, _("Opening balance"), statement.period.start, statement.opening)
	for line in statement.lines:
		yield {
			"date": line.on,
			"words": line.words,
			"cause": line.cause,
			"sales_invoice": line.sales_invoice,
			"available": float(line.available) or None,
			"pending": float(line.pending) or None,
			"overage": float(line.overage) or None,
			"available_after": float(line.available_after),
			"pending_after": float(line.pending_after),
			"currency": statement.currency,
		}
	yield _balance(statement, _("Closing balance"), statement.period.last_day, statement.closing)


def _balance(statement: WalletStatement, words: str, on: date, balance: tuple) -> dict[str, Any]:
	available, pending = map(float, balance)
	return {
		"date": on,
		"words": words,
		"available_after": available,
		"pending_after": pending,
		"currency": statement.currency,
		"bold": 1,
	}


def _columns() -> list[dict[str, Any]]:
	amounts = [
		("available", _("Available")),
		("pending", _("Pending")),
		("overage", _("Overage")),
		("available_after", _("Available then")),
		("pending_after", _("Pending then")),
	]
	return [
		{"fieldname": "date", "label": _("Date"), "fieldtype": "Date", "width": 110},
		{"fieldname": "words", "label": _("What happened"), "fieldtype": "Data", "width": 250},
		{"fieldname": "cause", "label": _("Order or reason"), "fieldtype": "Data", "width": 160},
		{
			"fieldname": "sales_invoice",
			"label": _("Sales Invoice"),
			"fieldtype": "Link",
			"options": "Sales Invoice",
			"width": 170,
		},
		*(
			{"fieldname": name, "label": label, "fieldtype": "Currency", "options": "currency", "width": 120}
			for name, label in amounts
		),
		{"fieldname": "currency", "fieldtype": "Link", "options": "Currency", "hidden": 1},
	]
