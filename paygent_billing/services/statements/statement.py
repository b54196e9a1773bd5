"""What a customer's statement says, ready to be shown: the template only places and escapes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.contacts.doctype.address.address import get_address_display, get_default_address
from frappe.model.document import Document
from frappe.utils import getdate, nowdate
from frappe.utils.jinja_globals import is_rtl

from paygent_billing.core.money import ZERO, Currency, total_of
from paygent_billing.services.invoices.look import Look, look_of_company
from paygent_billing.services.invoices.presentation import Fact, Party
from paygent_billing.services.invoices.wording import (
	NumberStyle,
	day_in_words,
	days_in_words,
	plain_lines,
	site_number_style,
)
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.statements.ledger import Account, Entry, OpenItem, accounts_of

KINDS = {"Sales Invoice": "Invoice", "Payment Entry": "Payment"}


@dataclass(frozen=True)
class Request:
	"""Which company's statement is asked for, and for which days, both inclusive."""

	company: str
	first: date
	last: date


@dataclass(frozen=True)
class StatementRow:
	date: str
	kind: str
	document: str
	charged: str
	paid: str
	balance: str


@dataclass(frozen=True)
class OpenRow:
	date: str
	kind: str
	document: str
	due: str
	days_overdue: str
	open: str


@dataclass(frozen=True)
class StatementAccount:
	"""One currency: the balance before, each document with the balance after it, and what is open."""

	currency: str
	opening: str
	rows: tuple[StatementRow, ...]
	balance: str
	overdue: str
	open_items: tuple[OpenRow, ...]


@dataclass(frozen=True)
class Statement:
	direction: str
	look: Look
	seller: Party
	buyer: Party
	facts: tuple[Fact, ...]
	last_day: str
	accounts: tuple[StatementAccount, ...]


def billing_statement_view(customer: Document) -> Statement:
	"""The texts of a customer's statement, unescaped: for the days that were asked for, else for this year.

	PermissionError for who may not read invoices, or not of that company.
	"""
	asked = frappe.flags.statement_request or _this_year()
	check_may_read(asked)
	accounts = accounts_of(customer.name, asked.company, asked.first, asked.last)
	look = look_of_company(asked.company)
	return Statement(
		direction="rtl" if is_rtl() else "ltr",
		look=look,
		seller=seller_of(asked.company, look),
		buyer=party_of("Customer", customer.name, customer.customer_name, customer.tax_id),
		facts=(
			Fact(_("Period"), days_in_words(asked.first, asked.last)),
			Fact(_("Customer"), customer.name),
		),
		last_day=day_in_words(asked.last),
		accounts=tuple(_account(account, asked.last) for account in accounts),
	)


def check_may_read(asked: Request) -> None:
	"""A statement is the customer's invoices: PermissionError for who may not read those of the company."""
	frappe.has_permission("Sales Invoice", "read", throw=True)
	frappe.has_permission("Company", "read", doc=asked.company, throw=True)


def _this_year() -> Request:
	today = getdate(nowdate())
	company = frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {}, "name")
	return Request(company, today.replace(month=1, day=1), today)


def seller_of(company: str, look: Look) -> Party:
	"""The company as it stands on papers: under the template's address when that has one."""
	party = party_of("Company", company, company, frappe.get_cached_value("Company", company, "tax_id"))
	return Party(party.name, look.address or party.address, party.tax_ids)


def party_of(doctype: str, name: str, shown: str, tax_id: str | None) -> Party:
	"""A customer or company with its default address."""
	address = get_default_address(doctype, name)
	told = frappe.get_doc("Address", address).as_dict() if address else None
	lines = plain_lines(get_address_display(told)) if told else ()
	return Party(shown, lines, (Fact(_("Tax ID"), tax_id),) if tax_id else ())


def _account(account: Account, last: date) -> StatementAccount:
	style, currency = site_number_style(), currency_of(account.currency)
	overdue = total_of(item.open for item in account.open_items if item.due and item.due < last)
	return StatementAccount(
		currency=account.currency,
		opening=style.money(account.opening, currency),
		rows=tuple(_rows(account, style, currency)),
		balance=style.money(account.balance, currency),
		overdue=style.money(overdue, currency) if overdue > 0 else "",
		open_items=tuple(_open_row(item, last, style, currency) for item in account.open_items),
	)


def _rows(account: Account, style: NumberStyle, currency: Currency) -> Iterator[StatementRow]:
	balance = account.opening
	for entry in account.entries:
		balance += entry.amount
		yield StatementRow(
			date=day_in_words(entry.on),
			kind=_kind(entry),
			document=entry.document,
			charged=_positive(entry.amount, style, currency),
			paid=_positive(-entry.amount, style, currency),
			balance=style.money(balance, currency),
		)


def _open_row(item: OpenItem, last: date, style: NumberStyle, currency: Currency) -> OpenRow:
	days = (last - item.due).days if item.due else 0
	return OpenRow(
		date=day_in_words(item.on),
		kind=_kind(item),
		document=item.document,
		due=day_in_words(item.due) if item.due and item.open > 0 else "",
		days_overdue=str(days) if days > 0 and item.open > 0 else "",
		open=style.money(item.open, currency),
	)


def _kind(row: Entry | OpenItem) -> str:
	amount = row.amount if isinstance(row, Entry) else row.open
	if row.kind == "Sales Invoice" and amount < 0:
		return _("Credit Note")
	return _(KINDS.get(row.kind, row.kind))


def _positive(amount: Decimal, style: NumberStyle, currency: Currency) -> str:
	return style.money(amount, currency) if amount > ZERO else ""
