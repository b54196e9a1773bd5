"""A simulation that is killed at any moment goes on to the same result."""

import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from paygent_billing.scenarios import Source
from paygent_billing.simulator.session import simulate
from paygent_billing.simulator.store import Store, WrongScenarioError

from .build import CALLS, FEE, activate, bill, pause, result, scenario, use

COMMAND = [sys.executable, "-m", "paygent_billing.simulator.cli", "simulate"]


def long_scenario(orders=12, months=8):
	"""Several orders over some months, with usage, payments, a change, a pause and a voided invoice."""
	fee = FEE.replace("price", 'credits: "3", price')
	events = [activate(f"2026-01-01T08:00:{number:02}", f"ORD-{number + 1}") for number in range(orders)]
	for month in range(1, months + 1):
		events.append(bill(f"2026-{month:02}-01T09:00:00"))
		for number in range(orders):
			name = f"order: ORD-{number + 1}"
			events.append(
				use(f"2026-{month:02}-02T10:00:{number:02}", f"u-{month}-{number}", "1.5", f", {name}")
			)
			if number % 2:
				events.append(f"at: 2026-{month:02}-02T11:00:00, do: pay, {name}")
				events[-2], events[-1] = events[-2], events[-1].replace("11:00:00", f"10:00:{number:02}")
	events += [
		f"at: 2026-{months:02}-11T10:00:00, do: change_line, order: ORD-1, line: L1, plan: Big",
		pause(f"2026-{months:02}-12T10:00:00", "ORD-2"),
		f"at: 2026-{months:02}-13T10:00:00, do: void, invoice: 1",
		bill("2026-10-01T09:00:00"),
	]
	text = scenario(*events, charges=f"{fee}, {CALLS}")
	plan = (
		f"plans: [{{id: Big, agent: Guard, charges: [{fee.replace('31.00', '62.00')}, {CALLS}]}}]\norders:\n"
	)
	more = "".join(
		f"  - {{id: ORD-{number + 1}, customer: Acme, start: 2026-01-01, billing_day: 1, "
		"lines: [{id: L1, agent: Guard}]}\n"
		for number in range(1, orders)
	)
	return text.replace("orders:\n", plan, 1).replace("events:\n", more + "events:\n", 1)


def killed_after(seconds, file, db):
	"""Whether the run was still going on when it was killed."""
	process = subprocess.Popen(
		[*COMMAND, str(file), "--db", str(db), "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
	)
	time.sleep(seconds)
	is_running = process.poll() is None
	process.send_signal(signal.SIGKILL)
	process.wait()
	return is_running


def test_a_run_killed_at_random_moments_ends_with_the_result_of_an_uninterrupted_one(tmp_path):
	text = long_scenario()
	file, db = tmp_path / "long.yaml", tmp_path / "long.sqlite"
	file.write_text(text)
	expected = result(text)
	random.seed(7)

	kills = sum(killed_after(random.uniform(0.4, 1.2), file, db) for _ in range(12))

	assert kills > 0
	assert result(text, db=db) == expected


class Stop(BaseException):
	"""Stands for a process that is gone: nothing may catch it."""


@pytest.mark.parametrize("number", range(5, 373, 16))
def test_a_run_stopped_at_any_statement_ends_with_the_same_result(number, tmp_path, monkeypatch):
	text = long_scenario(orders=3, months=2)
	db = tmp_path / "stopped.sqlite"
	stop_before(number, monkeypatch)
	with pytest.raises(Stop):
		simulate(Source("scenario.yaml", text), db)
	monkeypatch.undo()

	assert result(text, db=db) == result(text)


def stop_before(number, monkeypatch):
	"""Lets the process end before its so-manieth statement on a file."""
	counted = 0

	def counting(method):
		def call(store, *arguments, **values):
			nonlocal counted
			counted += bool(store.file)
			if counted > number:
				raise Stop
			return method(store, *arguments, **values)

		return call

	for name in ("execute", "execute_many", "insert"):
		monkeypatch.setattr(Store, name, counting(getattr(Store, name)))


def test_another_scenario_on_the_same_file_is_refused_and_changes_nothing(tmp_path):
	db = tmp_path / "one.sqlite"
	text = scenario(activate("2026-01-01T08:00:00"), bill("2026-01-01T09:00:00"))
	result(text, db=db)
	content = db.read_bytes()

	with pytest.raises(WrongScenarioError, match="holds another scenario: choose another file"):
		result(text.replace("31.00", "32.00"), db=db)

	assert db.read_bytes() == content


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(tmp_path):
	db = tmp_path / "notes.txt"
	db.write_text("These are notes, not a database. " * 100)

	with pytest.raises(WrongScenarioError, match="is no simulation that can go on"):
		result(scenario(activate("2026-01-01T08:00:00")), db=db)

	assert db.read_text() == "These are notes, not a database. " * 100


def test_a_billing_date_that_was_billed_is_refused_by_the_store_itself(tmp_path):
	db = tmp_path / "one.sqlite"
	result(scenario(activate("2026-01-01T08:00:00"), bill("2026-01-01T09:00:00")), db=db)
	connection = sqlite3.connect(db)

	with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
		connection.execute(
			"INSERT INTO billing_period (order_id, date, kind) "
			"SELECT order_id, date, kind FROM billing_period"
		)
