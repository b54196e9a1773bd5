"""What an invoice depends on besides the contract: usage, what waits for it, and the customer's credits."""

from __future__ import annotations

from dataclasses import dataclass

from frappe.model.document import Document

from paygent_billing.core.invoicing import BillingStep, Facts, OrderTerms, usage_needed
from paygent_billing.services.clock import zone_of
from paygent_billing.services.orders.pending import pending_lines
from paygent_billing.services.usage.billed import late_periods
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.wallets.lots import lots_of


@dataclass(frozen=True)
class GatheredFacts:
	"""The facts, and the names of the pending charges that are among them."""

	facts: Facts
	pending_names: list[str]


def gather_facts(order: Document, terms: OrderTerms, step: BillingStep, period: str) -> GatheredFacts:
	"""Claims the usage that the period bills and reads all that its invoice depends on."""
	lots = lots_of(order.customer, order.currency)  # first the wallet, as whoever records usage
	usage = OrderUsage(order, terms, zone_of(order.time_zone), period)
	quantities, late = {}, ()
	if usage.is_metered:
		late = late_periods(usage, before=step.arrears.start if step.arrears else step.date)
		if step.arrears:
			needed = usage_needed(terms, step.arrears)
			usage.claim(needed)
			quantities = usage.claimed(needed)
	names, pending = pending_lines(order.name)
	return GatheredFacts(Facts(quantities, late, pending, lots), names)
