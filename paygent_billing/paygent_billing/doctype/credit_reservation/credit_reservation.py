import frappe

from paygent_billing.services.ledger_rows import AppendOnly


class CreditReservation(AppendOnly):
	"""Credits that an agent may spend and nobody else, until it has spent them or the time is over."""


def on_doctype_update() -> None:
	frappe.db.add_index("Credit Reservation", ["wallet", "state", "expires_ms"], index_name="held_credits")
	frappe.db.add_unique("Credit Reservation", ["customer", "request_key"], constraint_name="one_per_request")
