from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from paygent_billing.services.ledger_rows import AppendOnly


class EventDelivery(AppendOnly):
	"""An event on its way to one subscriber: how often it was tried, when it is tried next, and what came back."""

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""What Log Settings call each day: rows that arrived or were given up go, those that wait stay."""
		row = frappe.qb.DocType("Event Delivery")
		before = now_datetime() - timedelta(days=days)
		frappe.qb.from_(row).delete().where(row.state != "Pending").where(row.modified < before).run()


def on_doctype_update() -> None:
	"""An event goes to a subscriber once; what is pending is found in its order."""
	table = "Event Delivery"
	frappe.db.add_unique(table, ["billing_event", "webhook"], constraint_name="once_per_subscriber")
	frappe.db.add_index(table, ["state", "webhook", "creation"], index_name="pending_in_order")
