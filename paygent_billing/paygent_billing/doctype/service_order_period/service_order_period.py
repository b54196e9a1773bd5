import frappe

from paygent_billing.services.ledger_rows import AppendOnly

UNIQUE_KEY = "one_service_order_per_period"


class ServiceOrderPeriod(AppendOnly):
	"""A service period of an order for which its Sales Order is made. Its unique key keeps out a second one."""


def on_doctype_update() -> None:
	frappe.db.add_unique("Service Order Period", ["billing_order", "start"], constraint_name=UNIQUE_KEY)
