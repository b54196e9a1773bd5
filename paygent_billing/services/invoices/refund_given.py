"""What a refund is asked for and comes to; and that asking twice is one refund."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.services.numbers import exact


@dataclass(frozen=True)
class Refund:
	"""The credit note and the payment to the customer, if any; how much of the invoice's credits were taken
	back, and how much could not be because it is spent.
	"""

	credit_note: str
	payment: str | None
	taken_back: Decimal
	not_taken_back: Decimal


@dataclass(frozen=True)
class RefundRequest:
	"""An amount with taxes, or net amounts by the names of the invoice's rows; without either, all of it.

	`pays_back` False leaves the amount on the customer's account. The key counts once per invoice: asking
	again with it changes nothing and is answered as before.
	"""

	reason: str
	amount: Decimal | None = None
	lines: Mapping[str, Decimal] | None = None
	pays_back: bool = True
	key: str | None = None


def stored_key(invoice: str, key: str | None) -> str | None:
	"""The key as it stands on the credit note, where the database keeps it unique."""
	return blake2b(f"{invoice}\x1f{key}".encode(), digest_size=16).hexdigest() if key else None


def given_before(invoice: Document, key: str | None, amount: Decimal | None) -> Refund | None:
	"""What the same request has given; None when this is the first. The caller holds the invoice. Refused
	when that request asked for another amount.
	"""
	found = key and frappe.db.get_value("Sales Invoice", {"refund_key": stored_key(invoice.name, key)})
	if not found:
		return None
	total = -exact(frappe.db.get_value("Sales Invoice", found, "grand_total"))
	if amount not in (None, total):
		frappe.throw(
			_("The key {0} was used to refund {1}. Use a new key for each refund.").format(key, total),
			frappe.DuplicateEntryError,
		)
	filters = {"event": "invoice.refunded", "sales_invoice": invoice.name}
	events = map(frappe.parse_json, frappe.get_all("Billing Event", filters=filters, pluck="details"))
	given = next(event for event in events if event.credit_note == found)
	amounts = given.credits_taken_back, given.credits_not_taken_back
	return Refund(found, given.payment, *map(Decimal, amounts))
