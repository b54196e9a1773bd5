"""What came of an attempt to bill an order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class State(str, Enum):
	BILLED = "billed"
	FAILED = "failed"
	WAITING = "waiting"


@dataclass(frozen=True)
class Outcome:
	"""One order of a run: its state, the invoices that were made, and why it failed or waits."""

	order: str
	state: State
	invoices: tuple[str, ...] = ()
	periods: int = 0
	reason: str = ""


@dataclass(frozen=True)
class RunReport:
	"""A billing run: due = billed + failed + waiting, counted in orders."""

	outcomes: tuple[Outcome, ...] = field(default_factory=tuple)

	def count(self, state: State) -> int:
		return sum(outcome.state is state for outcome in self.outcomes)

	@property
	def due(self) -> int:
		return len(self.outcomes)

	@property
	def invoices(self) -> int:
		return sum(len(outcome.invoices) for outcome in self.outcomes)

	def figures(self) -> dict[str, int]:
		"""The run in numbers: due, billed, failed and waiting orders, and the invoices issued."""
		return {
			"due": self.due,
			"billed": self.count(State.BILLED),
			"failed": self.count(State.FAILED),
			"waiting": self.count(State.WAITING),
			"invoices": self.invoices,
		}

	@classmethod
	def of(cls, outcomes: Iterable[Outcome]) -> RunReport:
		return cls(tuple(outcomes))
