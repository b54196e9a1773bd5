"""What a wallet's settings must say."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt


def check_settings(wallet: Document) -> None:
	"""Refuses settings that make no sense, each with what to do."""
	if flt(wallet.credit_value) <= 0:
		frappe.throw(_("The value of one credit must be more than 0."))
	if flt(wallet.low_balance_alert) < 0:
		frappe.throw(_("The alert's limit cannot be negative. Set 0 for no alert."))
	if wallet.top_up_is_automatic:
		_check_top_up(wallet)


def _check_top_up(wallet: Document) -> None:
	if not wallet.company:
		frappe.throw(_("Name the company that sells the credits: an automatic top-up is its invoice."))
	if not 0 <= flt(wallet.top_up_threshold) < flt(wallet.top_up_target):
		frappe.throw(_("An automatic top-up fills up to more than the limit at which it begins."))
	if (wallet.top_ups_a_day or 0) < 1:
		frappe.throw(_("Allow at least one automatic top-up a day, or switch them off."))
