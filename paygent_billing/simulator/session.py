"""A simulation from a file to a store that holds its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paygent_billing.scenarios import Problem, Scenario, Source, read_scenario
from paygent_billing.scenarios.events import Deactivate, Event, FirstInvoice, Pay, RecordPayment, Refund, Void
from paygent_billing.simulator.engine import Figures, Watcher, run
from paygent_billing.simulator.report import Report
from paygent_billing.simulator.store import TEMPORARY, Store


@dataclass(frozen=True)
class Session:
	"""A scenario that has run to its end."""

	scenario: Scenario
	store: Store
	figures: Figures

	@property
	def report(self) -> Report:
		return Report(self.scenario, self.store)


def simulate(source: Source, db: str | Path = TEMPORARY, watcher: Watcher | None = None) -> Session:
	"""Runs the scenario, or what is left of it when `db` holds its beginning.

	ScenarioError, before anything is stored, when it makes no sense; WrongScenarioError for another's `db`.
	"""
	scenario = read_scenario(source)
	try:
		if db != TEMPORARY and any(_needs_rehearsal(event) for event in scenario.events):
			_rehearse(scenario, source)
		store = Store(db)
		figures = run(scenario, store, source.digest, watcher)
	except Problem as problem:
		raise source.refuse(problem) from None
	return Session(scenario, store, figures)


def _rehearse(scenario: Scenario, source: Source) -> None:
	"""Some events can be judged only by what was billed before: so they happen elsewhere first."""
	store = Store()
	try:
		run(scenario, store, source.digest)
	finally:
		store.close()


def _needs_rehearsal(event: Event) -> bool:
	names_invoice = isinstance(event, Pay) and event.invoice is not None
	return names_invoice or isinstance(event, (RecordPayment, Void, Refund, Deactivate, FirstInvoice))
