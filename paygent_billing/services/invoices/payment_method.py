"""How customers pay: the four ways that a payment can be recorded in, as ERPNext's Modes of Payment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import frappe
from erpnext.accounts.doctype.journal_entry.journal_entry import get_default_bank_cash_account
from frappe import _


class PaymentMethod(str, Enum):
	BANK_TRANSFER = "bank_transfer"
	CASH = "cash"
	CHEQUE = "cheque"
	CARD = "card"


@dataclass(frozen=True)
class Mode:
	"""A Mode of Payment by the name that ERPNext's setup gives it, and the kind of account it pays into."""

	name: str
	kind: str


MODES = {
	PaymentMethod.BANK_TRANSFER: Mode("Wire Transfer", "Bank"),
	PaymentMethod.CASH: Mode("Cash", "Cash"),
	PaymentMethod.CHEQUE: Mode("Cheque", "Bank"),
	PaymentMethod.CARD: Mode("Credit Card", "Bank"),
}


def method_named(text: str) -> PaymentMethod:
	"""The method that the text names. Refused when there is none."""
	try:
		return PaymentMethod(text)
	except ValueError:
		known = ", ".join(method.value for method in PaymentMethod)
		frappe.throw(_("A payment is made by one of: {0}.").format(known))


def mode_of(method: PaymentMethod) -> str:
	"""The method's Mode of Payment, made when the site has none of that name."""
	mode = MODES[method]
	if not frappe.db.exists("Mode of Payment", mode.name):
		record = frappe.new_doc("Mode of Payment")
		record.update({"mode_of_payment": mode.name, "type": mode.kind, "enabled": 1})
		record.flags.ignore_permissions = True  # below the permission check for the payment
		record.insert()
	return mode.name


def account_of(method: PaymentMethod, company: str) -> str:
	"""The account that the method pays into: its own in the company, else the default or only one there."""
	mode = MODES[method]
	own = {"parent": mode.name, "company": company}
	account = frappe.db.get_value("Mode of Payment Account", own, "default_account")
	account = account or get_default_bank_cash_account(company, mode.kind).get("account")
	return account or frappe.throw(
		_("Set a default {0} account in {1}, or one for the company in the Mode of Payment {2}.").format(
			_(mode.kind), company, mode.name
		)
	)
