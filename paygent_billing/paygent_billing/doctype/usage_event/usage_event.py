import frappe
from frappe import _

from paygent_billing.services.ledger_rows import AppendOnly
from paygent_billing.services.usage.days import add_to_days
from paygent_billing.services.usage.marks import mark_orders
from paygent_billing.services.usage.record import counted_usage, prepare_event, refuse_duplicate
from paygent_billing.services.usage.store import ensure_keys


class UsageEvent(AppendOnly):
	"""One use of an agent, as it was reported. Its id is unique per customer for ever.

	A correction is a further row with the same id and the next sequence; the newest one counts.
	"""

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

	def after_insert(self) -> None:
		add_to_days(counted_usage(self))
		mark_orders([self.customer])


def on_doctype_update() -> None:
	"""The keys by which usage is counted once, and found fast."""
	ensure_keys()
