"""What installing the app does to a site."""

from __future__ import annotations

import sys

import click
import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from paygent_billing.services.negative_lines import allow_negative_lines, are_negative_lines_allowed
from paygent_billing.services.usage.access import ROLE
from paygent_billing.setup.custom_fields import CUSTOM_FIELDS
from paygent_billing.setup.gst_fields import make_gst_fields

QUESTION = (
	"Credits and corrections are negative invoice lines, for which ERPNext's Selling Settings must have"
	" 'Allow Negative rates for Items' on. Switch it on?"
)


def after_install() -> None:
	create_custom_fields(CUSTOM_FIELDS)
	make_gst_fields()
	make_usage_sender()
	make_settings()
	agree_on_negative_lines()


def after_migrate() -> None:
	create_custom_fields(CUSTOM_FIELDS)
	make_gst_fields()
	make_usage_sender()


def make_usage_sender() -> None:
	"""The role of a key in an agent's code. It is no desk role and has no permission on any document: only
	the methods that take usage ask for it.
	"""
	if not frappe.db.exists("Role", ROLE):
		role = frappe.new_doc("Role")
		role.update({"role_name": ROLE, "desk_access": 0, "is_custom": 0})
		role.insert(ignore_permissions=True)


def make_settings() -> None:
	"""Writes the defaults of Paygent Settings, so that they can be read."""
	settings = frappe.get_doc("Paygent Settings")
	settings.update({"payment_due_days": 30, "catch_up_days": 400, "catch_up_invoices": 60})
	settings.apply_customer_balance = 1
	settings.link_days = 90
	settings.update({"usage_past_days": 400, "usage_future_minutes": 60, "usage_archive_days": 0})
	settings.save()


def agree_on_negative_lines() -> None:
	"""Asks the person at the terminal. Where nobody can be asked, installing is the consent, and is told."""
	if are_negative_lines_allowed():
		_remember(was_on=True)
		return
	if sys.stdin.isatty() and not frappe.flags.in_test and not click.confirm(QUESTION, default=True):
		click.secho("Left off. Switch it on later in Paygent Settings.", fg="yellow")
		return
	allow_negative_lines()
	_remember(was_on=False)
	click.echo("Selling Settings: 'Allow Negative rates for Items' is now on (see Paygent Settings).")


def _remember(was_on: bool) -> None:
	"""Keeps what the setting was, so that uninstalling can put it back."""
	frappe.db.set_single_value("Paygent Settings", "allow_negative_lines", 1)
	frappe.db.set_single_value("Paygent Settings", "negative_lines_were_allowed", int(was_on))
