"""Shows that a usage line was billed from exactly the events that are kept now, or that it was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from paygent_billing.services.usage.billed_line import BilledLine, usage_lines_of
from paygent_billing.services.usage.evidence import evidence_of


@dataclass(frozen=True)
class Check:
	"""A line beside what is found of its events now. `problem` says why they could not be read."""

	line: BilledLine
	events: int = 0
	hash: str = ""
	problem: str = ""

	@property
	def is_equal(self) -> bool:
		return not self.problem and (self.events, self.hash) == (self.line.events, self.line.hash)

	def in_words(self) -> str:
		"""The line and what is found now beside what it was billed from."""
		found = self.problem or f"{self.events} events, {self.hash}"
		return (
			f"{self.line.invoice} line {self.line.number}:"
			f" billed from {self.line.events} events, {self.line.hash}; now {found}"
		)

	def as_json(self) -> dict[str, object]:
		return {
			"invoice": self.line.invoice,
			"line": self.line.number,
			"row": self.line.name,
			"is_equal": self.is_equal,
			"billed_events": self.line.events,
			"billed_hash": self.line.hash,
			"events": self.events,
			"hash": self.hash,
			"problem": self.problem,
		}


def check_line(line: BilledLine) -> Check:
	"""Reads the line's events again and hashes them."""
	try:
		found = evidence_of(line)
	except (OSError, EOFError, ValueError, KeyError, TypeError) as error:  # an archive file is not whole
		return Check(line, problem=f"{type(error).__name__}: {error}")
	return Check(line, found.events, found.hash)


def check_invoices(invoices: Iterable[str]) -> Iterator[Check]:
	"""Checks each usage line of the invoices."""
	for invoice in invoices:
		yield from map(check_line, usage_lines_of(invoice))
