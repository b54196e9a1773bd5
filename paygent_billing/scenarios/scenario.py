"""A scenario that makes sense: customers, prices, orders and what happens over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from paygent_billing.core.invoicing import Charge, Discount, Tax
from paygent_billing.core.invoicing.terms import NO_GRACE
from paygent_billing.core.money import ONE, Currency
from paygent_billing.core.period import BillingCalendar, Interval
from paygent_billing.core.usage import Metric
from paygent_billing.core.wallet import NO_ROLLOVER, Overage, Rollover
from paygent_billing.scenarios.events import Event


@dataclass(frozen=True)
class Customer:
	"""`credit_value` is the money that one credit is worth."""

	id: str
	taxes: tuple[Tax, ...] = ()
	credit_value: Decimal = ONE


@dataclass(frozen=True)
class Agent:
	"""`charges` are the prices for a line that names no plan."""

	id: str
	charges: tuple[Charge, ...] = ()


@dataclass(frozen=True)
class Plan:
	"""`interval` None is the order's."""

	id: str
	agent: str
	charges: tuple[Charge, ...]
	interval: Interval | None = None


@dataclass(frozen=True)
class Line:
	"""An agent on an order; `plan` None follows the agent's own prices."""

	id: str
	agent: str
	plan: str | None = None
	seats: int = 0
	rollover: Rollover = NO_ROLLOVER
	overage: Overage = Overage.BILL
	expiry_days: int | None = None


@dataclass(frozen=True)
class Order:
	"""The contract as it is signed. `end` is the last day of service, or None."""

	id: str
	customer: str
	interval: Interval
	billing_day: int
	start: date
	lines: tuple[Line, ...]
	end: date | None = None
	first_billing_date: date | None = None
	payment_due_days: int = 30
	proration: bool = True
	zero_invoices: bool = False
	discount: Discount | None = None
	invoices_changes_now: bool = False
	credits_paused_days: bool = False
	credits_on_end: bool = False
	grace: timedelta = NO_GRACE
	threshold: Decimal | None = None
	first_invoice_by_hand: bool = False

	@property
	def calendar(self) -> BillingCalendar:
		return BillingCalendar.of_order(self.start, self.interval, self.billing_day, self.first_billing_date)


@dataclass(frozen=True)
class Scenario:
	"""Everything by its id; `events` in time order. `until` is the day to which time runs, or None."""

	name: str
	currency: Currency
	zone: ZoneInfo
	until: date | None
	customers: Mapping[str, Customer]
	metrics: Mapping[str, Metric]
	agents: Mapping[str, Agent]
	plans: Mapping[str, Plan]
	orders: Mapping[str, Order]
	events: tuple[Event, ...]
