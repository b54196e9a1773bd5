"""Hands out a wallet's statement as PDF."""

from __future__ import annotations

import re

import frappe

from paygent_billing.core.period import Period
from paygent_billing.services.invoices.pdf import document_pdf

PRINT_FORMAT = "Agent Billing Wallet Statement"


def send_statement(wallet: str, period: Period) -> None:
	"""Answers the request with the statement. PermissionError for who may not print the wallet."""
	frappe.flags.wallet_period = period
	_answer(wallet, period, document_pdf("Prepaid Wallet", wallet, PRINT_FORMAT))


def send_own_statement(wallet: str, period: Period) -> None:
	"""As `send_statement`, for a customer: the caller has checked whose wallet it is."""
	frappe.flags.wallet_period = period
	before, frappe.flags.ignore_print_permissions = frappe.flags.ignore_print_permissions, True
	try:
		_answer(wallet, period, document_pdf("Prepaid Wallet", wallet, PRINT_FORMAT))
	finally:
		frappe.flags.ignore_print_permissions = before


def _answer(wallet: str, period: Period, pdf: bytes) -> None:
	name = re.sub(r"[^\w.-]", "-", f"{wallet}-{period.last_day}")
	frappe.local.response.update({"filename": f"{name}.pdf", "filecontent": pdf, "type": "pdf"})
