"""Who may send usage, and who may read it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.usage.catalogue import customer_called
from paygent_billing.services.usage.results import Refusal

ROLE = "Usage Sender"


def check_may_send() -> None:
	"""A key with the role Usage Sender, or whoever may add Usage Events in the desk."""
	if ROLE not in frappe.get_roles():
		frappe.has_permission("Usage Event", "create", throw=True)


def readable_customer(reference: str) -> str:
	"""The customer's name, for those who may read both the customer and usage. Raises Refusal."""
	frappe.has_permission("Usage Event", "read", throw=True)
	name = customer_called(reference)
	if name is None or not frappe.has_permission("Customer", "read", doc=name):
		raise Refusal("unknown_customer", _("There is no customer with this name or external ID."))
	return name


def make_key(email: str) -> str:
	"""A new API key and secret, as KEY:SECRET, of the user with this e-mail, who is made if need be.

	Refused for a user who has other roles: the key would open more than usage.
	"""
	user = frappe.get_doc("User", email) if frappe.db.exists("User", email) else _new_sender(email)
	if {row.role for row in user.roles} != {ROLE}:
		frappe.throw(_("{0} has other roles. Use an e-mail of its own for the key.").format(email))
	secret = frappe.generate_hash(length=32)
	user.update({"api_key": user.api_key or frappe.generate_hash(length=24), "api_secret": secret})
	user.save()
	return f"{user.api_key}:{secret}"


def _new_sender(email: str) -> Document:
	user = frappe.new_doc("User")
	user.update({"email": email, "first_name": "Usage Sender", "send_welcome_email": 0})
	user.append("roles", {"role": ROLE})
	return user.insert()
