"""The shape of a scenario file, without its events: which keys there are, and what kind of value each has."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from paygent_billing.core.money import ONE, Rounding
from paygent_billing.core.period import Unit
from paygent_billing.core.usage import Aggregation, RoundingMode
from paygent_billing.core.wallet import NO_ROLLOVER, Overage
from paygent_billing.scenarios.charges import ChargeValues
from paygent_billing.scenarios.fields import (
	Count,
	Day,
	Flag,
	NotNegative,
	Number,
	Positive,
	RolloverValue,
	Strict,
	Text,
	Whole,
	read_text,
)


def _nothing_is_empty(value: Any) -> Any:
	return () if value is None else value


Emptiable = BeforeValidator(_nothing_is_empty)


class TaxDocument(Strict):
	name: Text
	rate: NotNegative


class CustomerDocument(Strict):
	id: Text
	taxes: Annotated[tuple[TaxDocument, ...], Emptiable] = ()
	credit_value: Positive = ONE
	currency: Text | None = None


def _read_texts(value: Any) -> tuple[str, ...]:
	"""One text, or a list of them."""
	return tuple(read_text(one) for one in (value if isinstance(value, (list, tuple)) else [value]))


class RoundingDocument(Strict):
	mode: RoundingMode
	decimals: Count = 0


class MetricDocument(Strict):
	id: Text
	aggregation: Aggregation
	property: Text | None = None
	filters: dict[Text, Annotated[tuple[str, ...], BeforeValidator(_read_texts)]] | None = None
	rounding: RoundingDocument | None = None


class AgentDocument(Strict):
	id: Text
	charges: Annotated[tuple[ChargeValues, ...], Emptiable] = ()


class PlanDocument(Strict):
	id: Text
	agent: Text
	interval: Unit | None = None
	interval_count: Count | None = None
	currency: Text | None = None
	charges: Annotated[tuple[ChargeValues, ...], Emptiable] = ()


class DiscountDocument(Strict):
	percent: Number | None = None
	amount: Number | None = None
	periods: Whole | None = None


class LineDocument(Strict):
	id: Text
	agent: Text
	plan: Text | None = None
	seats: Count = 0
	rollover: RolloverValue = NO_ROLLOVER
	overage: Overage = Overage.BILL
	expiry_days: Whole | None = None


def _read_invoice_changes(value: Any) -> bool:
	"""Whether changes are invoiced at once: `now`, rather than with the `next` invoice."""
	if value not in ("next", "now"):
		raise ValueError("it must be next or now")
	return bool(value == "now")


class OrderDocument(Strict):
	id: Text
	customer: Text
	start: Day
	lines: tuple[LineDocument, ...]
	interval: Unit = Unit.MONTH
	interval_count: Count = 1
	billing_day: Count | None = None
	payment_due_days: Count = 30
	end: Day | None = None
	first_billing_date: Day | None = None
	proration: Flag = True
	zero_invoices: Flag = False
	discount: DiscountDocument | None = None
	invoice_changes: Annotated[bool, BeforeValidator(_read_invoice_changes)] = False
	credit_paused_days: Flag = False
	credit_on_end: Flag = False
	currency: Text | None = None
	grace_hours: Count = 0
	threshold: Positive | None = None
	first_invoice_by_hand: Flag = False


class Document(Strict):
	currency: Text
	name: Text = "Scenario"
	timezone: Text = "UTC"
	rounding: Rounding = Rounding.HALF_UP
	decimals: Count | None = None
	until: Day | None = None
	customers: Annotated[tuple[CustomerDocument, ...], Emptiable] = ()
	metrics: Annotated[tuple[MetricDocument, ...], Emptiable] = ()
	agents: Annotated[tuple[AgentDocument, ...], Emptiable] = ()
	plans: Annotated[tuple[PlanDocument, ...], Emptiable] = ()
	orders: Annotated[tuple[OrderDocument, ...], Emptiable] = ()
