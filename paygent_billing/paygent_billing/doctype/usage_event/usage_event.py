import frappe
from frappe import _

from paygent_billing.services.ledger_rows import AppendOnly
from paygent_billing.services.usage.record import prepare_event, refuse_duplicate

EXACT_COLLATION = "utf8mb4_nopad_bin"


class UsageEvent(AppendOnly):
	"""One use of an agent, as it was reported. Its id is unique per customer for ever."""

	def insert(self, *args: object, **options: object) -> "UsageEvent":
		try:
			return super().insert(*args, **options)
		except frappe.UniqueValidationError:
			frappe.clear_last_message()
			refuse_duplicate(self)  # the same id came in at the same moment

	def before_insert(self) -> None:
		prepare_event(self)

	def validate(self) -> None:
		if not self.is_new():
			frappe.throw(_("Usage that is recorded cannot be changed. Record a correction instead."))


def on_doctype_update() -> None:
	"""The keys by which usage is counted once, and found fast."""
	_tell_ids_apart()
	frappe.db.add_unique("Usage Event", ["customer", "event_id"], constraint_name="one_event_per_id")
	frappe.db.add_index(
		"Usage Event",
		["customer", "billing_period", "ai_agent", "metric", "occurred_ms"],
		index_name="usage_of_a_period",
	)


def _tell_ids_apart() -> None:
	"""Ids that differ in case, accents or a space at the end are different ids."""
	collation = frappe.db.sql(
		"""select collation_name from information_schema.columns
		where table_schema = database() and table_name = 'tabUsage Event' and column_name = 'event_id'"""
	)
	if collation and collation[0][0] != EXACT_COLLATION:
		frappe.db.sql_ddl(
			"alter table `tabUsage Event` modify `event_id` varchar(140)"
			f" character set utf8mb4 collate {EXACT_COLLATION}"
		)
