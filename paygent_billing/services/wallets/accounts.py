"""The ledger accounts of prepaid credits: one set for each company and currency."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.wallet import LotSource


@dataclass(frozen=True)
class CreditAccounts:
	"""Bought credits are owed in `liability` until they are used; granted ones are paid for by `promotion`;
	what expires unused goes from the liability to `breakage`.
	"""

	liability: str
	promotion: str
	breakage: str

	def paying_for(self, source: LotSource) -> str:
		"""The account that a drawn credit comes from."""
		return self.liability if source is LotSource.BOUGHT else self.promotion


def accounts_of(company: str, currency: str) -> CreditAccounts:
	"""The accounts of the company for credits in the currency, made when there are none.

	The liability account is in the currency of the credits, so that what is owed in it is exact.
	"""
	name = frappe.db.exists("Credit Accounts", {"company": company, "currency": currency})
	row = frappe.get_cached_doc("Credit Accounts", name) if name else _make_once(company, currency)
	return CreditAccounts(row.liability_account, row.promotion_account, row.breakage_account)


def _make_once(company: str, currency: str) -> Document:
	"""Where somebody else makes them at the same time, the transaction is to be begun again."""
	try:
		return _make(company, currency)
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError) as error:
		raise frappe.QueryDeadlockError(_("The accounts are being made elsewhere. Try again.")) from error


def _make(company: str, currency: str) -> Document:
	row = frappe.new_doc("Credit Accounts")
	row.update({"company": company, "currency": currency})
	row.liability_account = _account(
		company, f"Prepaid Credits {currency}", _parent_of_liabilities(company), currency
	)
	own, parent = _currency_of(company), _parent_of_income(company)
	row.promotion_account = _account(company, "Promotional Credits", parent, own)
	row.breakage_account = _account(company, "Expired Prepaid Credits", parent, own)
	row.flags.ignore_permissions = True  # below the permission check for what sells, grants or spends
	return row.insert()


def _account(company: str, title: str, parent: str, currency: str) -> str:
	known = frappe.db.get_value("Account", {"company": company, "account_name": title, "is_group": 0})
	if known:
		return known
	account = frappe.new_doc("Account")
	account.update(
		{"company": company, "account_name": title, "parent_account": parent, "account_currency": currency}
	)
	account.flags.ignore_permissions = True  # as above
	return account.insert().name


def _currency_of(company: str) -> str:
	return frappe.get_cached_value("Company", company, "default_currency")


def _parent_of_income(company: str) -> str:
	"""The group in which the company's income account stands."""
	default = frappe.get_cached_value("Company", company, "default_income_account")
	parent = default and frappe.db.get_value("Account", default, "parent_account")
	return parent or _root(company, "Income")


def _parent_of_liabilities(company: str) -> str:
	"""The group of current liabilities, as the company's chart has it, else the root of all liabilities."""
	filters = {"company": company, "root_type": "Liability", "is_group": 1}
	for wanted in (
		{"account_name": ["like", "%Current Liabilities%"]},
		{"account_type": "Current Liability"},
	):
		found = frappe.db.get_value("Account", {**filters, **wanted}, order_by="lft asc")
		if found:
			return found
	return _root(company, "Liability")


def _root(company: str, kind: str) -> str:
	filters = {"company": company, "root_type": kind, "is_group": 1}
	found = frappe.db.get_value("Account", filters, order_by="lft asc")
	return found or frappe.throw(
		_("{0} has no group of accounts of type {1}: set up its chart of accounts first.").format(
			company, _(kind)
		)
	)
