"""From an order's terms, its position and its usage to an invoice."""

from paygent_billing.core.invoicing.arrears import usage_needed
from paygent_billing.core.invoicing.changes import Correction, correct_after_change, correct_after_stop
from paygent_billing.core.invoicing.draft import (
	BilledUsage,
	Billing,
	Facts,
	LatePeriod,
	bill_changes,
	bill_step,
)
from paygent_billing.core.invoicing.invoice import InvoiceDraft, InvoiceLine, LineType, Tax
from paygent_billing.core.invoicing.position import FeeInForce, OrderPosition
from paygent_billing.core.invoicing.steps import BillingStep, StepKind, backlog, next_step
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
	"bill_changes",
	"bill_step",
	"correct_after_change",
	"correct_after_stop",
	"next_step",
	"usage_needed",
]
