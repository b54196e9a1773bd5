"""What the paper of a wallet's statement says, ready to be shown: the template only places and escapes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate
from frappe.utils.jinja_globals import is_rtl

from paygent_billing.core.money import Currency
from paygent_billing.core.period import Period
from paygent_billing.services.invoices.look import Look, look_of_company
from paygent_billing.services.invoices.presentation import Fact, Party
from paygent_billing.services.invoices.wording import (
	NumberStyle,
	day_in_words,
	days_in_words,
	site_number_style,
)
from paygent_billing.services.numbers import currency_of
from paygent_billing.services.statements.statement import party_of, seller_of
from paygent_billing.services.wallets.account import peek_wallet
from paygent_billing.services.wallets.lots import HeldLot
from paygent_billing.services.wallets.statement import StatementLine, wallet_statement

DAYS = 92


@dataclass(frozen=True)
class StatementRow:
	date: str
	words: str
	cause: str
	available: str
	pending: str
	balance: str


@dataclass(frozen=True)
class LotRow:
	source: str
	available: str
	pending: str
	last_day: str


@dataclass(frozen=True)
class PrintedWallet:
	direction: str
	look: Look
	seller: Party
	buyer: Party
	facts: tuple[Fact, ...]
	currency: str
	opening: str
	rows: tuple[StatementRow, ...]
	available: str
	pending: str
	lots: tuple[LotRow, ...]


def wallet_statement_view(wallet: Document) -> PrintedWallet:
	"""The texts of the statement, unescaped: of the days that were asked for, else of three months."""
	period = frappe.flags.wallet_period or _last_months()
	statement, company = wallet_statement(wallet.name, period), seller_company(wallet)
	style, currency = site_number_style(), currency_of(wallet.currency)
	look = look_of_company(company)
	name, tax_id = frappe.db.get_value("Customer", wallet.customer, ["customer_name", "tax_id"])
	available, pending = statement.closing
	held = peek_wallet(wallet.customer, wallet.currency).held.values()
	return PrintedWallet(
		direction="rtl" if is_rtl() else "ltr",
		look=look,
		seller=seller_of(company, look),
		buyer=party_of("Customer", wallet.customer, name, tax_id),
		facts=(
			Fact(_("Period"), days_in_words(period.start, period.last_day)),
			Fact(_("Customer"), wallet.customer),
		),
		currency=wallet.currency,
		opening=style.money(statement.opening[0], currency),
		rows=tuple(_row(line, style, currency) for line in statement.lines),
		available=style.money(available, currency),
		pending=style.money(pending, currency) if pending else "",
		lots=tuple(_lot(one, style, currency) for one in sorted(held, key=lambda one: one.lot.drawn_by)),
	)


def seller_company(wallet: Document) -> str:
	"""The company that sells the customer credits: the wallet's, else that of the last purchase or order."""
	filters = {"wallet": wallet.name, "company": ["is", "set"]}
	found = wallet.company or frappe.db.get_value("Credit Lot", filters, "company", order_by="sequence desc")
	of_customer = {"customer": wallet.customer, "currency": wallet.currency}
	found = found or frappe.db.get_value("Billing Order", of_customer, "company", order_by="creation desc")
	return found or frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {}, "name")


def _last_months() -> Period:
	today = getdate(nowdate())
	return Period(today - timedelta(days=DAYS), today + timedelta(days=1))


def _row(line: StatementLine, style: NumberStyle, currency: Currency) -> StatementRow:
	moved = line.available or -line.overage
	return StatementRow(
		date=day_in_words(line.on),
		words=line.words,
		cause=line.sales_invoice or line.cause,
		available=_amount(moved, style, currency),
		pending=_amount(line.pending, style, currency),
		balance=style.money(line.available_after, currency),
	)


def _lot(one: HeldLot, style: NumberStyle, currency: Currency) -> LotRow:
	last = one.last_day
	return LotRow(
		source=_("Bought") if one.lot.source.value == "bought" else _("Granted"),
		available=style.money(one.lot.available, currency),
		pending=_amount(one.lot.pending, style, currency),
		last_day=day_in_words(last) if last else _("No date"),
	)


def _amount(amount: Decimal, style: NumberStyle, currency: Currency) -> str:
	return style.money(amount, currency) if amount else ""
