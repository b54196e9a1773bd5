"""What was agreed: charges, order lines with their history, and the order itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property

from paygent_billing.core.money import ONE, ZERO, Currency
from paygent_billing.core.period import BillingCalendar, Interval
from paygent_billing.core.pricing import Flat, Price
from paygent_billing.core.wallet import NO_ROLLOVER, Overage, Rollover


class ChargeType(str, Enum):
	PLATFORM_FEE = "platform_fee"
	SEAT_FEE = "seat_fee"
	USAGE = "usage"
	SETUP_FEE = "setup_fee"
	MINIMUM = "minimum"


#: So long may an invoice wait for usage that is still under way.
LONGEST_GRACE = timedelta(days=366)
NO_GRACE = timedelta(0)

PERIODIC_FEES = frozenset({ChargeType.PLATFORM_FEE, ChargeType.SEAT_FEE})


class Timing(str, Enum):
	ADVANCE = "advance"
	ARREARS = "arrears"


class CreditSchedule(str, Enum):
	"""When the credits of a charge are granted: when its fee is billed, or with each period of the order."""

	WITH_FEE = "with_fee"
	EACH_PERIOD = "each_period"


@dataclass(frozen=True)
class Charge:
	"""One price of a plan or agent. `credits` come with each fee, or with each billing period of the order
	while the fee is in force.
	"""

	id: str
	type: ChargeType
	price: Price
	timing: Timing = Timing.ADVANCE
	metric: str | None = None
	credits: Decimal = ZERO
	credit_schedule: CreditSchedule = CreditSchedule.WITH_FEE

	def __post_init__(self) -> None:
		if (self.type is ChargeType.USAGE) != (self.metric is not None):
			raise ValueError(f"Charge {self.id}: a metric belongs to a usage charge, and only to it")
		if self.timing is Timing.ARREARS and self.type is ChargeType.SETUP_FEE:
			raise ValueError(f"Charge {self.id}: a setup fee is billed in advance")
		if self.timing is Timing.ADVANCE and self.type in (ChargeType.USAGE, ChargeType.MINIMUM):
			raise ValueError(f"Charge {self.id}: {self.type.value} is billed in arrears")
		if self.type is ChargeType.MINIMUM and not isinstance(self.price.model, Flat):
			raise ValueError(f"Charge {self.id}: a minimum is a flat price")
		if self.credits < 0 or (self.credits and self.type in (ChargeType.USAGE, ChargeType.MINIMUM)):
			raise ValueError(f"Charge {self.id}: credits come with a fee and are not negative")
		is_periodic = self.type in PERIODIC_FEES and self.timing is Timing.ADVANCE
		if self.credit_schedule is CreditSchedule.EACH_PERIOD and not is_periodic:
			raise ValueError(
				f"Charge {self.id}: credits can come each period only with a platform or seat fee in advance"
			)


@dataclass(frozen=True)
class LineVersion:
	"""What an order line costs from `valid_from` up to, not including, `valid_until` (None: until further
	notice).

	`plan` is None for a line that follows its agent's default prices; `interval` None means the order's.
	"""

	valid_from: date
	charges: tuple[Charge, ...]
	valid_until: date | None = None
	seats: int = 0
	plan: str | None = None
	interval: Interval | None = None

	def __post_init__(self) -> None:
		if self.seats < 0:
			raise ValueError(f"A line cannot have {self.seats} seats")
		if self.valid_until is not None and self.valid_until < self.valid_from:
			raise ValueError(f"A line cannot end on {self.valid_until}, before {self.valid_from}")


@dataclass(frozen=True)
class OrderLine:
	"""An agent on an order, with all that it ever cost there, oldest first and without gaps.

	Credits that its fees grant are worth nothing `expiry_days` after the day on which they are granted.
	"""

	id: str
	agent: str
	versions: tuple[LineVersion, ...]
	rollover: Rollover = NO_ROLLOVER
	overage: Overage = Overage.BILL
	expiry_days: int | None = None

	def __post_init__(self) -> None:
		if not self.versions:
			raise ValueError(f"Line {self.id} has no prices")
		if self.expiry_days is not None and self.expiry_days < 1:
			raise ValueError(f"Line {self.id}: credits live for at least 1 day, not {self.expiry_days}")
		for older, newer in zip(self.versions, self.versions[1:], strict=False):
			if older.valid_until != newer.valid_from:
				raise ValueError(
					f"Line {self.id}: a version ends on {older.valid_until},"
					f" the next begins on {newer.valid_from}"
				)

	@property
	def start(self) -> date:
		return self.versions[0].valid_from

	def credits_expire(self, granted_on: date) -> date | None:
		"""The first day on which credits granted on that day are worth nothing, or None."""
		return granted_on + timedelta(days=self.expiry_days) if self.expiry_days else None

	@property
	def end(self) -> date | None:
		"""The first day on which the line no longer serves, or None."""
		return self.versions[-1].valid_until


@dataclass(frozen=True)
class Discount:
	"""A percent or an amount off the subtotal, for a number of billing dates or, with None, always."""

	percent: Decimal | None = None
	amount: Decimal | None = None
	periods: int | None = None

	def __post_init__(self) -> None:
		if (self.percent is None) == (self.amount is None):
			raise ValueError("A discount is either a percent or an amount")
		if self.percent is not None and not 0 <= self.percent <= 100:
			raise ValueError(f"A discount of {self.percent} percent is not between 0 and 100")
		if self.amount is not None and self.amount < 0:
			raise ValueError(f"A discount cannot be negative, as {self.amount} is")
		if self.periods is not None and self.periods < 1:
			raise ValueError(f"A discount holds for at least 1 period, not {self.periods}")


@dataclass(frozen=True)
class Pause:
	"""No service from `start` up to, not including, `end` (None: not resumed yet)."""

	start: date
	end: date | None = None

	def __post_init__(self) -> None:
		if self.end is not None and self.end < self.start:
			raise ValueError(f"A pause cannot end on {self.end}, before {self.start}")


@dataclass(frozen=True)
class OrderTerms:
	"""The contract as it stands, with its history. `end` is the first day without service, or None.

	`credit_value` is the money that one credit is worth. `grace` is how long an invoice with usage stays a
	draft; unbilled usage of the running period that costs `threshold` or more is invoiced at once. Where the
	first invoice is made by hand, `invoice_anchor` is its date, or None until then.
	"""

	id: str
	customer: str
	currency: Currency
	calendar: BillingCalendar
	start: date
	lines: tuple[OrderLine, ...]
	end: date | None = None
	pauses: tuple[Pause, ...] = ()
	proration: bool = True
	zero_invoices: bool = False
	discount: Discount | None = None
	invoices_changes_now: bool = False
	credits_paused_days: bool = False
	credits_on_end: bool = False
	credit_value: Decimal = ONE
	grace: timedelta = NO_GRACE
	threshold: Decimal | None = None
	first_invoice_by_hand: bool = False
	invoice_anchor: date | None = None

	def __post_init__(self) -> None:
		if self.end is not None and self.end <= self.start:
			raise ValueError(f"Order {self.id} would end before it starts on {self.start}")
		if self.invoice_anchor is not None and self.invoice_anchor < self.start:
			raise ValueError(
				f"Order {self.id} starts on {self.start}:"
				f" its first invoice cannot be of {self.invoice_anchor}"
			)
		self._check_usage_terms()
		for older, newer in zip(self.pauses, self.pauses[1:], strict=False):
			if older.end is None or newer.start < older.end:
				raise ValueError(
					f"Order {self.id}: a pause begins on {newer.start}"
					f" before the one from {older.start} is over"
				)
		for line in self.lines:
			for version in line.versions:
				if version.interval and not version.interval.is_multiple_of(self.calendar.interval):
					raise ValueError(
						f"Order {self.id}, line {line.id}: the plan's interval must be"
						" the order's or a multiple of it"
					)

	def _check_usage_terms(self) -> None:
		if not NO_GRACE <= self.grace <= LONGEST_GRACE:
			most = LONGEST_GRACE // timedelta(hours=1)
			raise ValueError(f"Order {self.id}: a grace is 0 to {most} hours")
		if self.threshold is not None and self.threshold <= 0:
			raise ValueError(f"Order {self.id}: a threshold of {self.threshold} is not above 0")

	@property
	def waits_for_first_invoice(self) -> bool:
		"""Whether nothing is billed because a person has still to make the first invoice."""
		return self.first_invoice_by_hand and self.invoice_anchor is None

	def calendar_of(self, version: LineVersion) -> BillingCalendar:
		"""The calendar on which the version's own fees fall."""
		return self.calendar.with_interval(version.interval) if version.interval else self.calendar

	@cached_property
	def spans(self) -> tuple[Span, ...]:
		"""The stretches of service between start, pauses and end. A pause of no days is none."""
		spans, start = [], self.start
		for pause in self.pauses:
			if pause.end == pause.start:
				continue
			spans.append(Span(start, pause.start))
			start = max(self.start, pause.end or date.max)
		spans.append(Span(start, date.max))
		limit = self.end or date.max
		cut = (Span(span.start, min(span.end, limit)) for span in spans)
		return tuple(span for span in cut if span.start < span.end)

	def span_at(self, day: date) -> Span | None:
		"""The stretch of service in which the day lies, or None."""
		return next((span for span in self.spans if span.start <= day < span.end), None)


@dataclass(frozen=True)
class Span:
	"""A stretch of service; `end` is date.max while nobody knows when it ends."""

	start: date
	end: date
