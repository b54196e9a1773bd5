"""What a subscriber reads of an event: the same bytes however often it is sent, and their signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, get_number_format_info

from paygent_billing.services.clock import zone_of
from paygent_billing.services.numbers import exact, site_decimals

SIGNATURE = "X-Paygent-Signature"
FRAPPE_SIGNATURE = "X-Frappe-Webhook-Signature"


def body_of(event: Document) -> bytes:
	"""The event as JSON. It comes from the event's row alone, which never changes."""
	return json.dumps(payload_of(event), ensure_ascii=False, separators=(",", ":")).encode()


def payload_of(event: Document) -> dict[str, Any]:
	"""The event as plain values: moments in UTC, dates YYYY-MM-DD, amounts as text."""
	return {
		"id": event.name,
		"type": event.event,
		"created": _utc(event.creation),
		"data": {
			"date": str(event.happened_on),
			"customer": event.customer,
			"order": event.billing_order,
			"invoice": event.sales_invoice,
			"currency": event.currency,
			"amount": _amount(event),
			"details": frappe.parse_json(event.details) if event.details else {},
		},
	}


def signatures(body: bytes, secret: str, at: datetime) -> dict[str, str]:
	"""Headers that prove who sent the body, and when: HMAC-SHA256 of "SECONDS.BODY" in hex; and the one that
	Frappe's own Webhooks send, of the body alone in base64.
	"""
	seconds = int(at.timestamp())
	signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
	plain = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
	return {SIGNATURE: f"t={seconds},v1={signed}", FRAPPE_SIGNATURE: plain}


def _amount(event: Document) -> str | None:
	"""The amount with the currency's decimals, and with more where it has more: "99.00", "2700", "0.125".
	Null where there is no currency.
	"""
	if not event.currency:
		return None
	amount = exact(event.amount)
	number_format = frappe.get_cached_value("Currency", event.currency, "number_format")
	decimals = get_number_format_info(number_format)[2] if number_format else site_decimals()
	written = f"{amount:.{decimals}f}"
	return written if exact(written) == amount else f"{amount.normalize():f}"


def _utc(moment: object) -> str:
	local = get_datetime(moment).replace(tzinfo=zone_of(None))
	return local.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
