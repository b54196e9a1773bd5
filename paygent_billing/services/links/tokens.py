"""The tokens of links: 256 random bits, of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import cint, get_url, now_datetime

TOKEN_BYTES = 32
TOKEN_LENGTH = 43  # characters of base64 for that many bytes
ROUTE = "i"
DEFAULT_DAYS = 90


def new_link(invoice: str, *, origin: str) -> str:
	"""Makes a link to the issued invoice and returns its address, which cannot be asked for again.

	Whoever calls has checked that the person may hand the invoice out.
	"""
	if not frappe.db.get_value("Sales Invoice", invoice, "docstatus"):
		frappe.throw(_("{0} is a draft. Issue it first: customers see no drafts.").format(invoice))
	token = secrets.token_urlsafe(TOKEN_BYTES)
	row = frappe.new_doc("Invoice Link")
	row.update(
		{
			"sales_invoice": invoice,
			"origin": origin,
			"token_hash": _hash(token),
			"expires_at": now_datetime() + timedelta(days=_days()),
		}
	)
	row.db_insert_as_service()
	return get_url(f"/{ROUTE}/{token}", allow_header_override=False)


def invoice_of(token: str, at: datetime) -> str | None:
	"""The invoice that the token opens at that moment. None for a token that is wrong, has expired or was
	revoked, and for an invoice that is a draft: nobody can tell them apart.
	"""
	row = _row_of(token)
	if row is None or row.revoked_at or row.expires_at <= at:
		return None
	is_issued = frappe.db.get_value("Sales Invoice", row.sales_invoice, "docstatus")
	return row.sales_invoice if is_issued else None


def remember_seen(token: str) -> bool:
	"""Writes when the link was opened for the first time, and says whether it was now."""
	row = _row_of(token)
	if row is None or row.first_seen:
		return False
	frappe.db.set_value("Invoice Link", row.name, "first_seen", now_datetime(), update_modified=False)
	return True


def revoke(link: str) -> None:
	"""From now on the link opens nothing. PermissionError for who may not write the invoice."""
	row = frappe.get_doc("Invoice Link", link, for_update=True)
	frappe.has_permission("Sales Invoice", "write", doc=row.sales_invoice, throw=True)
	if row.revoked_at:
		frappe.throw(_("The link is revoked already."))
	frappe.db.set_value(
		"Invoice Link", link, {"revoked_at": now_datetime(), "revoked_by": frappe.session.user}
	)


def _row_of(token: str) -> frappe._dict | None:
	hashed = _hash(token)
	fields = ["name", "sales_invoice", "token_hash", "expires_at", "revoked_at", "first_seen"]
	row = frappe.db.get_value("Invoice Link", {"token_hash": hashed}, fields, as_dict=True)
	return row if row and hmac.compare_digest(row.token_hash, hashed) else None


def _hash(token: str) -> str:
	return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _days() -> int:
	return cint(frappe.db.get_single_value("Paygent Settings", "link_days")) or DEFAULT_DAYS
