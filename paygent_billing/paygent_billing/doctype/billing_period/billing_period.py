import frappe

from paygent_billing.services.ledger_rows import AppendOnly

UNIQUE_KEY = "one_billing_per_period"


class BillingPeriod(AppendOnly):
	"""A billing date of an order that is billed. Its unique key is what keeps a period from being billed twice."""


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Billing Period", ["billing_order", "start", "kind", "sequence"], constraint_name=UNIQUE_KEY
	)
