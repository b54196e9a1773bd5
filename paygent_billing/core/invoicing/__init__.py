"""From an order's terms, its position and its usage to an invoice."""

from paygent_billing.core.invoicing.arrears import usage_needed
from paygent_billing.core.invoicing.changes import Correction, correct_after_change, correct_after_stop
from paygent_billing.core.invoicing.draft import Billing, Facts, bill_again, bill_changes, bill_step
from paygent_billing.core.invoicing.grace import due_at, has_grace
from paygent_billing.core.invoicing.invoice import InvoiceDraft, InvoiceLine, LineType, Tax
from paygent_billing.core.invoicing.position import FeeInForce, OrderPosition
from paygent_billing.core.invoicing.rerating import BilledUsage, LatePeriod
from paygent_billing.core.invoicing.steps import BillingStep, StepKind, backlog, next_step, period_to_bill
from paygent_billing.core.invoicing.terms import (
	Charge,
	ChargeType,
	Discount,
	LineVersion,
	OrderLine,
	OrderTerms,
	Pause,
	Timing,
)
from paygent_billing.core.invoicing.threshold import (
	bill_threshold,
	billed_beforehand,
	is_reached,
	threshold_step,
	unbilled_cost,
)

__all__ = [
	"BilledUsage",
	"Billing",
	"BillingStep",
	"Charge",
	"ChargeType",
	"Correction",
	"Discount",
	"Facts",
	"FeeInForce",
	"InvoiceDraft",
	"InvoiceLine",
	"LatePeriod",
	"LineType",
	"LineVersion",
	"OrderLine",
	"OrderPosition",
	"OrderTerms",
	"Pause",
	"StepKind",
	"Tax",
	"Timing",
	"backlog",
	"bill_again",
	"bill_changes",
	"bill_step",
	"bill_threshold",
	"billed_beforehand",
	"correct_after_change",
	"correct_after_stop",
	"due_at",
	"has_grace",
	"is_reached",
	"next_step",
	"period_to_bill",
	"threshold_step",
	"unbilled_cost",
	"usage_needed",
]
