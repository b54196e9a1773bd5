from datetime import datetime

from frappe.model.document import Document

from paygent_billing.services import clock
from paygent_billing.services.orders.checks import (
	check_terms,
	complete_draft,
	read_whole_numbers,
	refuse_changes_by_hand,
	refuse_deletion,
)
from paygent_billing.services.orders.transitions import enter_status


class BillingOrder(Document):
	"""The contract: which agents a customer uses, on which plans, and when billing runs.

	A draft can be edited freely and never bills. From then on the order changes through actions only, so that
	each change has its date.
	"""

	@property
	def moment(self) -> datetime:
		"""When what is being saved happens: now, unless a service says otherwise."""
		return self.flags.moment or clock.now()

	def validate(self) -> None:
		read_whole_numbers(self)
		before = self.get_doc_before_save()
		old = before.status if before else "Draft"
		refuse_changes_by_hand(self, before)
		if old == "Draft":
			complete_draft(self)
		check_terms(self)
		if self.status != old:
			enter_status(self, old, clock.today_in(clock.zone_of(self.time_zone), self.moment))

	def on_trash(self) -> None:
		refuse_deletion(self)
