"""What happens in a scenario. Every event has a moment, `at`, with a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from paygent_billing.core.money import ONE
from paygent_billing.core.wallet import NO_ROLLOVER, Overage
from paygent_billing.scenarios.fields import (
	Count,
	Day,
	Moment,
	Number,
	Positive,
	RolloverValue,
	Text,
	Whole,
)

_CONFIG = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True)
class Event:
	"""Anything that happens at a moment."""

	__pydantic_config__: ClassVar[ConfigDict] = _CONFIG

	at: Moment


@dataclass(frozen=True)
class OrderEvent(Event):
	"""Something that happens to an order."""

	order: Text


@dataclass(frozen=True)
class Activate(OrderEvent):
	"""A draft becomes active, a paused order is resumed."""

	do: ClassVar[str] = "activate"


@dataclass(frozen=True)
class Deactivate(OrderEvent):
	"""The order is paused."""

	do: ClassVar[str] = "deactivate"


@dataclass(frozen=True)
class End(OrderEvent):
	"""The day of `at` is the last day of service."""

	do: ClassVar[str] = "end"


@dataclass(frozen=True)
class FirstInvoice(OrderEvent):
	"""A person makes the order's first invoice, of the day of `at`."""

	do: ClassVar[str] = "first_invoice"


@dataclass(frozen=True)
class ChangeLine(OrderEvent):
	"""Another plan, another number of seats, or both; None leaves it as it is."""

	do: ClassVar[str] = "change_line"

	line: Text
	plan: Text | None = None
	seats: Count | None = None


@dataclass(frozen=True)
class AddLine(OrderEvent):
	do: ClassVar[str] = "add_line"

	line: Text
	agent: Text
	plan: Text | None = None
	seats: Count = 0
	rollover: RolloverValue = NO_ROLLOVER
	overage: Overage = Overage.BILL
	expiry_days: Whole | None = None


@dataclass(frozen=True)
class RemoveLine(OrderEvent):
	do: ClassVar[str] = "remove_line"

	line: Text


@dataclass(frozen=True)
class OneOff(OrderEvent):
	"""An amount on the order's next invoice; a negative one is taken off it."""

	do: ClassVar[str] = "one_off"

	description: Text
	amount: Number


@dataclass(frozen=True)
class Pay(Event):
	"""Marks one invoice, or all open invoices of an order, as paid."""

	do: ClassVar[str] = "pay"

	order: Text | None = None
	invoice: Whole | None = None


@dataclass(frozen=True)
class RecordPayment(Event):
	"""A payment of a part of an invoice, or of all of it."""

	do: ClassVar[str] = "record_payment"

	invoice: Whole
	amount: Positive


@dataclass(frozen=True)
class Void(Event):
	do: ClassVar[str] = "void"

	invoice: Whole


@dataclass(frozen=True)
class Grant(Event):
	"""Credits by hand; `expires` is the first day on which they are worth nothing."""

	do: ClassVar[str] = "grant"

	customer: Text
	amount: Positive
	reason: Text | None = None
	expires: Day | None = None


@dataclass(frozen=True)
class TopUp(Event):
	"""Credits that the customer buys, on an invoice of their own that is due at once; `expires` is the first
	day on which they are worth nothing.
	"""

	do: ClassVar[str] = "top_up"

	customer: Text
	amount: Positive
	expires: Day | None = None


@dataclass(frozen=True)
class Refund(Event):
	"""Gives back what was paid for an invoice: an amount, taxes included, or all that is left."""

	do: ClassVar[str] = "refund"

	invoice: Whole
	amount: Positive | None = None


@dataclass(frozen=True)
class Bill(Event):
	"""The scheduler's tick, and with `daily_until` one every day at the same time up to that date."""

	do: ClassVar[str] = "bill"

	daily_until: Day | None = None


@dataclass(frozen=True)
class Usage(Event):
	"""A use that arrives at `at` and happened at `occurred_at`, or when it arrived."""

	do: ClassVar[str] = "usage"

	customer: Text
	agent: Text
	metric: Text
	id: Text
	quantity: Number = ONE
	occurred_at: Moment | None = None
	order: Text | None = None
	properties: dict[Text, Text] | None = None

	@property
	def happened_at(self) -> datetime:
		return self.occurred_at or self.at


@dataclass(frozen=True)
class AmendUsage(Event):
	"""Another quantity, other properties, or both for a recorded use; None leaves them as they are."""

	do: ClassVar[str] = "amend_usage"

	customer: Text
	id: Text
	quantity: Number | None = None
	properties: dict[Text, Text] | None = None


@dataclass(frozen=True)
class VoidUsage(Event):
	"""A use that was recorded never was."""

	do: ClassVar[str] = "void_usage"

	customer: Text
	id: Text


EVENTS: dict[str, type[Event]] = {
	event.do: event
	for event in (
		Activate,
		Deactivate,
		End,
		FirstInvoice,
		ChangeLine,
		AddLine,
		RemoveLine,
		OneOff,
		Pay,
		RecordPayment,
		Void,
		Grant,
		TopUp,
		Refund,
		Bill,
		Usage,
		AmendUsage,
		VoidUsage,
	)
}

#: Words of the format that mean something, but not in this version.
NOT_SUPPORTED_YET = frozenset({"decline"})
