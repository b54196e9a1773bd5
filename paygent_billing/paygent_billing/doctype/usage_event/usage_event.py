import frappe
from frappe import _

from paygent_billing.services.ledger_rows import AppendOnly
from paygent_billing.services.usage.record import prepare_event


class UsageEvent(AppendOnly):
	"""One use of an agent, as it was reported. Its id is unique per customer for ever."""

	def before_insert(self) -> None:
		prepare_event(self)

	def validate(self) -> None:
		if not self.is_new():
			frappe.throw(_("Usage that is recorded cannot be changed. Record a correction instead."))


def on_doctype_update() -> None:
	"""The keys by which usage is counted once, and found fast."""
	frappe.db.add_unique("Usage Event", ["customer", "event_id"], constraint_name="one_event_per_id")
	frappe.db.add_index(
		"Usage Event",
		["customer", "billing_period", "ai_agent", "metric", "occurred_ms"],
		index_name="usage_of_a_period",
	)
