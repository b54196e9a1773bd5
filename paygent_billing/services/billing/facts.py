"""What an invoice depends on besides the contract: usage, what waits for it, and the customer's credits."""

from __future__ import annotations

from dataclasses import dataclass

from frappe.model.document import Document

from paygent_billing.core.invoicing import (
	BilledUsage,
	BillingStep,
	Facts,
	OrderPosition,
	OrderTerms,
	billed_beforehand,
	usage_needed,
)
from paygent_billing.core.invoicing.rerating import BilledKey
from paygent_billing.services.clock import zone_of
from paygent_billing.services.orders.pending import pending_lines
from paygent_billing.services.orders.terms import position_of
from paygent_billing.services.usage.billed import billed_usage, late_periods, late_periods_so_far
from paygent_billing.services.usage.quantities import OrderUsage
from paygent_billing.services.wallets.account import WalletAccount, open_wallet, peek_wallet
from paygent_billing.services.wallets.period_credits import lock_fee_invoices


@dataclass(frozen=True)
class GatheredFacts:
	"""The facts, the names of the pending charges that are among them, and the customer's wallet, locked."""

	facts: Facts
	pending_names: list[str]
	wallet: WalletAccount | None


def gather_facts(order: Document, terms: OrderTerms, step: BillingStep, period: str) -> GatheredFacts:
	"""Claims the usage that the period bills and reads all that its invoice depends on."""
	lock_fee_invoices(terms, position_of(order), step)
	wallet = open_wallet(order.customer, order.currency)  # first the wallet, as whoever records usage
	lots = wallet.lots(order.company) if wallet else ()
	usage = OrderUsage(order, terms, zone_of(order.time_zone), period)
	quantities, late, billed = {}, (), billed_by_thresholds(order, position_of(order), step)
	if usage.is_metered:
		late = late_periods(usage, before=step.arrears.start if step.arrears else step.date)
		if step.arrears:
			needed = usage_needed(terms, step.arrears)
			usage.claim(needed)
			quantities = usage.billed(needed) if billed else usage.claimed(needed)
	names, pending = pending_lines(order.name)
	facts = Facts(quantities=quantities, late=late, pending=pending, lots=lots, billed=billed)
	return GatheredFacts(facts, names, wallet)


def facts_so_far(order: Document, terms: OrderTerms, step: BillingStep) -> Facts:
	"""As `gather_facts`, for an invoice that is only looked at: claims nothing and locks nothing."""
	usage = OrderUsage(order, terms, zone_of(order.time_zone), "")
	quantities, late, billed = {}, (), billed_by_thresholds(order, position_of(order), step)
	if usage.is_metered and order.name:
		late = late_periods_so_far(usage, before=step.arrears.start if step.arrears else step.date)
		if step.arrears:
			needed = usage_needed(terms, step.arrears)
			quantities = usage.so_far(needed) if billed else usage.unbilled(needed)
	_names, pending = pending_lines(order.name)
	wallet = peek_wallet(order.customer, order.currency)
	lots = wallet.lots(order.company) if wallet else ()
	return Facts(quantities=quantities, late=late, pending=pending, lots=lots, billed=billed)


def billed_by_thresholds(
	order: Document, position: OrderPosition, step: BillingStep
) -> dict[BilledKey, BilledUsage]:
	"""What threshold invoices already hold of the usage that the step bills."""
	begins = billed_beforehand(position, step)
	return dict(billed_usage(order.name, begins, origin="Threshold")) if begins else {}
