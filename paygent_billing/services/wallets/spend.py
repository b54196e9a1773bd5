"""Usage for which credits were reserved: recorded, and its reservation settled, together or not at all."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _

from paygent_billing.services.usage.batch import record_batch
from paygent_billing.services.usage.results import Refusal, Result, Status
from paygent_billing.services.wallets.account import open_named
from paygent_billing.services.wallets.reserve import settle

TAKEN = (Status.ACCEPTED, Status.DUPLICATE)


def settle_with_usage(reservation: str, customer: str, event: object, now: datetime) -> Result:
	"""What came of the event. While the transaction is open its credits are free for it and for nobody else.

	An event that is not taken leaves the reservation as it was. One that is over settles nothing: the event
	is then recorded like any other.
	"""
	wallet = frappe.db.get_value("Credit Reservation", {"name": reservation, "customer": customer}, "wallet")
	if wallet is None:
		raise Refusal("unknown_reservation", _("{0} has no such reservation.").format(customer))
	if not isinstance(event, dict):
		raise Refusal("invalid", _("event must be an object, as in record."))
	open_named(wallet)
	settle(reservation, customer, str(event.get("id") or "")[:140])
	result = record_batch([{**event, "customer": customer}], now)[0]
	if result.status not in TAKEN:
		frappe.db.rollback()
		raise Refusal(result.code or "refused", result.reason or "", result.status)
	return result
