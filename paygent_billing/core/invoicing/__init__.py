"""From an order's terms, its position and its usage to an invoice."""

from paygent_billing.core.invoicing.arrears import metric_billed, usage_needed
from paygent_billing.core.invoicing.changes import Correction, correct_after_change, correct_after_stop
from paygent_billing.core.invoicing.draft import (
	Billing,
	Facts,
	bill_again,
	bill_changes,
	bill_step,
	overage_of,
)
from paygent_billing.core.invoicing.grace import due_at, has_grace, is_due, waiting_step
from paygent_billing.core.invoicing.invoice import InvoiceDraft, InvoiceLine, LineType, Tax
from paygent_billing.core.invoicing.invoice_cycle import invoice_date
from paygent_billing.core.invoicing.period_credits import PeriodCredits, period_credits
from paygent_billing.core.invoicing.position import FeeInForce, OrderPosition
from paygent_billing.core.invoicing.refund import (
	Parts,
	RefundError,
	credits_to_take_back,
	refund_of_net,
	refund_parts,
)
from paygent_billing.core.invoicing.rerating import BilledUsage, LatePeriod
from paygent_billing.core.invoicing.steps import (
	BillingStep,
	StepKind,
	backlog,
	next_step,
	period_to_bill,
	service_periods,
)
from paygent_billing.core.invoicing.terms import (
	Charge,
	ChargeType,
	CreditSchedule,
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
from paygent_billing.core.invoicing.top_up import bill_top_up

__all__ = [
	"BilledUsage",
	"Billing",
	"BillingStep",
	"Charge",
	"ChargeType",
	"Correction",
	"CreditSchedule",
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
	"Parts",
	"Pause",
	"PeriodCredits",
	"RefundError",
	"StepKind",
	"Tax",
	"Timing",
	"backlog",
	"bill_again",
	"bill_changes",
	"bill_step",
	"bill_threshold",
	"bill_top_up",
	"billed_beforehand",
	"correct_after_change",
	"correct_after_stop",
	"credits_to_take_back",
	"due_at",
	"has_grace",
	"invoice_date",
	"is_due",
	"is_reached",
	"metric_billed",
	"next_step",
	"overage_of",
	"period_credits",
	"period_to_bill",
	"refund_of_net",
	"refund_parts",
	"service_periods",
	"threshold_step",
	"unbilled_cost",
	"usage_needed",
	"waiting_step",
]
