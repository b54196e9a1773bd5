"""A person asks for an order to be billed without waiting for the next run."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _

from paygent_billing.services.billing.bill_order import bill_order
from paygent_billing.services.billing.outcome import Outcome
from paygent_billing.services.billing.run import is_billing_stopped, prepare_series


def bill_now(name: str, *, moment: datetime) -> Outcome:
	"""Bills all that is due of the order. What is wrong with it stands on the order afterwards. Commits."""
	frappe.get_doc("Billing Order", name).check_permission("write")
	if is_billing_stopped():
		frappe.throw(_("All billing runs are stopped in Paygent Settings."))
	prepare_series()
	return bill_order(name, moment=moment)
