"""What lies on a customer's account: overpayments, payments without an invoice and credit notes settle open
invoices by themselves, the oldest with the oldest. ERPNext's Payment Reconciliation does the booking.
"""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from paygent_billing.services.billing.retry import start_over, with_retry
from paygent_billing.services.invoices.accounts_in_credit import Account, accounts_in_credit, has_open_invoice
from paygent_billing.services.locks import lock_as_seen

SETTING = "apply_customer_balance"
JOB = "paygent_billing.services.invoices.balance.apply_job"


def is_applied_by_itself() -> bool:
	"""Whether Paygent Settings let credit settle invoices by itself."""
	return bool(frappe.db.get_single_value("Paygent Settings", SETTING))


def apply_balances() -> list[str]:
	"""Settles what can be settled with what lies on the customers' accounts and returns the invoices.

	Each account is a transaction of its own. What is wrong with one is logged and does not stop the others.
	What the caller has not committed is rolled back.
	"""
	frappe.db.rollback()
	if not is_applied_by_itself():
		return []
	return [name for account in accounts_in_credit() for name in _apply_alone(account)]


def apply_balance(customer: str, company: str) -> list[str]:
	"""Settles the customer's open invoices in the transaction that is open, and returns them."""
	if not is_applied_by_itself():
		return []
	accounts = accounts_in_credit(customer=customer, company=company)
	return [name for account in accounts for name in _settle(account)]


def apply_soon(customer: str, company: str) -> None:
	"""Credit has arrived: a job settles what is open once that is committed. The tick finds the rest."""
	if is_applied_by_itself() and has_open_invoice(customer, company):
		frappe.enqueue(JOB, queue="short", enqueue_after_commit=True, customer=customer, company=company)


def apply_job(customer: str, company: str) -> list[str]:
	"""One background job: settles the customer's open invoices as Administrator, whoever queued it."""
	frappe.set_user("Administrator")
	accounts = accounts_in_credit(customer=customer, company=company) if is_applied_by_itself() else []
	return [name for account in accounts for name in _apply_alone(account)]


def _apply_alone(account: Account) -> list[str]:
	try:
		return with_retry(lambda: _apply_and_commit(account))
	except Exception:
		start_over()
		frappe.log_error(
			title=f"Balance of {account.customer}",
			reference_doctype="Customer",
			reference_name=account.customer,
		)
		frappe.db.commit()
		return []


def _apply_and_commit(account: Account) -> list[str]:
	frappe.db.rollback()
	settled = _settle(account)
	frappe.db.commit()
	return settled


def _settle(account: Account) -> list[str]:
	"""Lets ERPNext reconcile the account's credits with its open invoices of the billing, oldest first. One
	at a time for each customer.
	"""
	frappe.db.get_value("Customer", account.customer, "name", for_update=True)
	tool = _tool(account)
	invoices, credits = _open_invoices(tool), _credits(tool)
	if not invoices or not credits:
		return []
	_lock(invoices, credits)
	tool.allocate_entries(frappe._dict(payments=credits, invoices=invoices))
	settled = list(dict.fromkeys(row.invoice_number for row in tool.allocation))
	tool.reconcile()
	return settled


def _lock(invoices: list[dict[str, object]], credits: list[dict[str, object]]) -> None:
	"""Another transaction may have settled some of it while this one waited for the customer."""
	vouchers = [(row["invoice_type"], row["invoice_number"]) for row in invoices]
	vouchers += [(row["reference_type"], row["reference_name"]) for row in credits]
	for doctype in sorted({doctype for doctype, _name in vouchers}):
		lock_as_seen(doctype, [name for kind, name in vouchers if kind == doctype])


def _tool(account: Account) -> Document:
	tool = frappe.get_doc("Payment Reconciliation")
	tool.update({"company": account.company, "party_type": "Customer", "party": account.customer})
	tool.update({"receivable_payable_account": account.receivable, "invoice_limit": 0, "payment_limit": 0})
	tool.default_advance_account = frappe.get_cached_value(
		"Company", account.company, "default_advance_received_account"
	)
	tool.get_unreconciled_entries()
	return tool


def _open_invoices(tool: Document) -> list[dict[str, object]]:
	"""The open invoices of the billing; others of the site are left to people."""
	rows = [row.as_dict() for row in tool.invoices if row.invoice_type == "Sales Invoice"]
	filters = {"name": ["in", [row.invoice_number for row in rows]], "billing_origin": ["is", "set"]}
	ours = set(frappe.get_all("Sales Invoice", filters=filters, pluck="name", order_by="name asc"))
	rows = [row for row in rows if row.invoice_number in ours]
	return sorted(rows, key=lambda row: (row.invoice_date, row.invoice_number))


def _credits(tool: Document) -> list[dict[str, object]]:
	rows = [row.as_dict() for row in tool.payments]
	return sorted(rows, key=lambda row: (row.posting_date, row.reference_name))
