"""Usage that an invoice waits for, that is invoiced early, and that is corrected."""

import sqlite3

import pytest
from click.testing import CliRunner

from paygent_billing.scenarios import Source
from paygent_billing.simulator.cli import main
from paygent_billing.simulator.engine import Watcher
from paygent_billing.simulator.session import simulate

from .build import CALLS, FEE, activate, bill, end, lines, pause, result, scenario, use
from .test_resume import Stop, stop_before
from .test_wallet_and_usage import reasons

START = activate("2026-01-01T08:00:00")
GRACE = "start: 2026-01-01, billing_day: 1, grace_hours: 48"
THRESHOLD = 'start: 2026-01-01, billing_day: 1, threshold: "10.00"'


def amend(at, id, what):
	return f"at: {at}, do: amend_usage, customer: Acme, id: {id}, {what}"


def void(at, id):
	return f"at: {at}, do: void_usage, customer: Acme, id: {id}"


# Grace


def test_a_daily_run_issues_the_invoice_on_the_first_day_after_its_grace():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1"),
			bill("2026-01-30T09:00:00", "2026-02-20"),
			charges=f"{FEE}, {CALLS}",
			order=GRACE,
		)
	)

	assert [(one["number"], one["issue_date"]) for one in outcome["invoices"]] == [
		(1, "2026-01-30"),
		(2, "2026-02-03"),
	]


def test_an_order_without_usage_charges_has_no_grace():
	outcome = result(scenario(START, bill("2026-02-01T00:00:00"), order=GRACE))

	assert [one["issue_date"] for one in outcome["invoices"]] == ["2026-02-01", "2026-02-01"]


def test_only_the_next_invoice_of_an_order_is_a_draft_and_drafts_come_last_without_a_number():
	text = scenario(
		START,
		use("2026-01-01T09:00:00", "u-1"),
		bill("2026-01-01T10:00:00"),
		bill("2026-01-03T09:00:00"),
		charges=f"{FEE}, {CALLS}",
		order="start: 2026-01-01, interval: day, grace_hours: 72",
	)
	outcome = result(text)
	draft = outcome["invoices"][-1]

	assert [one["number"] for one in outcome["invoices"]] == [1, None]
	assert lines(outcome)[1:] == [
		(None, "calls", "2026-01-01", "2026-01-01", "1", "1.00"),
		(None, "fee", "2026-01-02", "2026-01-02", "1", "31.00"),
	]
	assert {key: draft[key] for key in ("issue_date", "due_date", "total", "paid", "due", "status")} == {
		"issue_date": None,
		"due_date": None,
		"total": "32.00",
		"paid": "0.00",
		"due": "32.00",
		"status": "draft",
	}


def test_a_draft_claims_no_usage_and_draws_no_credits_and_leaves_the_file_as_it_is(tmp_path):
	db = tmp_path / "draft.sqlite"
	text = scenario(
		START,
		'at: 2026-01-02T09:00:00, do: grant, customer: Acme, amount: "3.00", reason: welcome',
		use("2026-01-09T08:00:00", "u-1", "5"),
		bill("2026-02-02T09:00:00"),
		charges=CALLS,
		order=GRACE,
	)
	outcome = result(text, db=db)
	content = db.read_bytes()

	assert (outcome["invoices"][0]["total"], outcome["wallets"][0]["available"]) == ("2.00", "3.00")
	assert reasons(outcome) == {"u-1": "period not ended"}
	assert result(text, db=db) == outcome
	assert db.read_bytes() == content
	held = sqlite3.connect(db).execute("SELECT count(*) FROM invoice").fetchone()
	assert held == (0,)


def test_a_draft_of_nothing_is_not_shown():
	outcome = result(scenario(START, bill("2026-02-01T09:00:00"), charges=CALLS, order=GRACE))

	assert outcome["invoices"] == []


def test_drafts_are_shown_on_the_terminal(tmp_path):
	file = tmp_path / "scenario.yaml"
	file.write_text(
		scenario(
			START, use("2026-01-09T08:00:00", "u-1"), bill("2026-02-01T09:00:00"), charges=CALLS, order=GRACE
		)
	)
	shown = CliRunner().invoke(main, ["simulate", str(file)]).output

	assert "Draft - Acme - ORD-1" in shown
	assert "not issued yet: its grace is not over" in shown


def test_a_change_while_the_invoice_is_a_draft_is_billed_in_parts():
	"""As in a backlog: the fee of February is not billed yet when the change is known."""
	outcome = result(
		scenario(
			START,
			bill("2026-01-01T09:00:00"),
			use("2026-01-09T08:00:00", "u-1"),
			bill("2026-02-01T09:00:00"),
			"at: 2026-02-02T09:00:00, do: change_line, order: ORD-1, line: L1, seats: 3",
			bill("2026-02-03T09:00:00"),
			charges='{id: seats, type: seat_fee, model: per_unit, rate: "28.00"}, ' + CALLS,
			order=GRACE,
		)
	)

	assert [line for line in lines(outcome) if line[0] == 2] == [
		(2, "calls", "2026-01-01", "2026-01-31", "1", "1.00"),
		(2, "seats", "2026-02-01", "2026-02-01", "1", "1.00"),
		(2, "seats", "2026-02-02", "2026-02-28", "3", "81.00"),
	]


# Threshold


def test_two_threshold_invoices_of_one_day_are_two():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "12"),
			use("2026-01-09T08:00:01", "u-2", "15"),
			charges=CALLS,
			order=THRESHOLD,
		)
	)

	assert lines(outcome) == [
		(1, "calls", "2026-01-01", "2026-01-31", "12", "12.00"),
		(2, "calls", "2026-01-01", "2026-01-31", "15", "15.00"),
	]
	assert "unbilled" not in outcome


def test_usage_that_no_charge_bills_reaches_no_threshold():
	outcome = result(scenario(START, use("2026-01-09T08:00:00", "u-1", "99"), order=THRESHOLD))

	assert outcome["invoices"] == []


def test_an_amendment_may_reach_the_threshold_and_a_void_use_is_given_back():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "2"),
			amend("2026-01-10T08:00:00", "u-1", "quantity: 20"),
			void("2026-01-11T08:00:00", "u-1"),
			bill("2026-02-01T09:00:00"),
			charges=CALLS,
			order=THRESHOLD,
		)
	)

	assert [(one["issue_date"], one["subtotal"]) for one in outcome["invoices"]] == [
		("2026-01-10", "20.00"),
		("2026-02-01", "0.00"),
	]
	assert lines(outcome)[1] == (2, "calls", "2026-01-01", "2026-01-31", "-20", "-20.00")


def test_usage_of_a_voided_threshold_invoice_is_reported_and_not_billed_again():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "12"),
			"at: 2026-01-10T08:00:00, do: void, invoice: 1",
			use("2026-01-11T08:00:00", "u-2", "3"),
			bill("2026-02-01T09:00:00"),
			charges=CALLS,
			order=THRESHOLD,
		)
	)

	assert lines(outcome) == [
		(1, "calls", "2026-01-01", "2026-01-31", "12", "12.00"),
		(2, "calls", "2026-01-01", "2026-01-31", "3", "3.00"),
	]
	assert reasons(outcome) == {"u-1": "invoice void"}


def test_a_line_that_blocks_overage_counts_only_what_no_threshold_invoice_holds():
	outcome = result(
		scenario(
			START,
			'at: 2026-01-02T09:00:00, do: grant, customer: Acme, amount: "15.00", reason: welcome',
			use("2026-01-09T08:00:00", "u-1", "12"),
			use("2026-01-10T08:00:00", "u-2", "3"),
			use("2026-01-11T08:00:00", "u-3", "1"),
			charges=CALLS,
			order=THRESHOLD,
			line=", overage: block",
		)
	)

	assert outcome["wallets"][0]["available"] == "3.00"
	assert reasons(outcome) == {"u-2": "period not ended", "u-3": "credits used up"}


# Corrections


def test_a_correction_of_the_current_period_waits_with_it():
	events = [use("2026-01-09T08:00:00", "u-1", "5"), use("2026-01-10T08:00:00", "u-2", "6")]
	outcome = result(
		scenario(
			START,
			*events,
			amend("2026-01-11T08:00:00", "u-1", "quantity: 2"),
			void("2026-01-12T08:00:00", "u-2"),
			charges=CALLS,
		)
	)

	assert reasons(outcome) == {"u-1": "period not ended"}


def test_a_correction_of_billed_usage_is_unbilled_until_the_next_invoice():
	events = [
		START,
		use("2026-01-09T08:00:00", "u-1", "5"),
		use("2026-01-10T08:00:00", "u-2", "6"),
		bill("2026-02-01T09:00:00"),
		amend("2026-02-11T08:00:00", "u-1", "quantity: 2"),
		void("2026-02-12T08:00:00", "u-2"),
	]
	waiting = result(scenario(*events, charges=CALLS))
	billed = result(scenario(*events, bill("2026-03-01T09:00:00"), charges=f"{FEE}, {CALLS}"))

	assert reasons(waiting) == {"u-1": "period not ended", "u-2": "period not ended"}
	assert "unbilled" not in billed
	assert lines(billed)[-2:] == [
		(3, "calls", "2026-01-01", "2026-01-31", "-9", "-9.00"),
		(3, "fee", "2026-03-01", "2026-03-31", "1", "31.00"),
	]


def test_an_amendment_that_changes_nothing_brings_no_line():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "5"),
			bill("2026-02-01T09:00:00"),
			amend("2026-02-11T08:00:00", "u-1", "quantity: 5.0"),
			bill("2026-03-01T09:00:00"),
			charges=CALLS,
		)
	)

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-31", "5", "5.00")]
	assert "unbilled" not in outcome


def test_what_was_sent_first_is_a_duplicate_after_its_amendment_too():
	warnings = []
	sent = use("2026-01-09T08:00:00", "u-1", "5", ", occurred_at: 2026-01-09T07:00:00")
	again = sent.replace("at: 2026-01-09T08", "at: 2026-01-13T08", 1)
	text = scenario(
		START,
		sent,
		amend("2026-01-11T08:00:00", "u-1", "quantity: 2"),
		again,
		again.replace('"5"', '"2"'),
		bill("2026-02-01T09:00:00"),
		charges=CALLS,
	)
	outcome = result(text, watcher=Watcher(warn=warnings.append))

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-31", "2", "2.00")]
	assert warnings == ["The usage u-1 of Acme came again with other content: the first one stays"]


def test_an_amendment_that_the_credits_do_not_cover_leaves_the_use_as_it_was():
	warnings = []
	text = scenario(
		START,
		'at: 2026-01-02T09:00:00, do: grant, customer: Acme, amount: "6.00", reason: welcome',
		use("2026-01-09T08:00:00", "u-1", "5"),
		amend("2026-01-10T08:00:00", "u-1", "quantity: 7"),
		amend("2026-01-11T08:00:00", "u-1", "quantity: 6"),
		use("2026-01-12T08:00:00", "u-2", "1"),
		amend("2026-01-13T08:00:00", "u-1", "quantity: 2"),
		bill("2026-02-01T09:00:00"),
		charges=CALLS,
		line=", overage: block",
	)
	outcome = result(text, watcher=Watcher(warn=warnings.append))

	assert lines(outcome)[0] == (1, "calls", "2026-01-01", "2026-01-31", "2", "2.00")
	assert reasons(outcome) == {"u-2": "credits used up"}
	assert warnings == ["The amendment of usage u-1 of Acme is refused: credits used up"]


def test_a_correction_of_usage_while_paused_or_after_the_close_has_its_reason():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "5"),
			pause("2026-01-10T08:00:00"),
			use("2026-01-11T08:00:00", "u-2", "5"),
			amend("2026-01-12T08:00:00", "u-2", "quantity: 2"),
			activate("2026-01-15T08:00:00"),
			end("2026-01-20T08:00:00"),
			bill("2026-01-21T09:00:00"),
			void("2026-01-22T08:00:00", "u-1"),
			charges=CALLS,
		)
	)

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-09", "5", "5.00")]
	assert reasons(outcome) == {"u-1": "order closed", "u-2": "order paused"}


def test_an_explanation_names_each_version_on_the_invoice_that_holds_it(tmp_path):
	file = tmp_path / "scenario.yaml"
	file.write_text(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "5"),
			use("2026-01-09T08:00:00", "u-2", "1"),
			bill("2026-02-01T09:00:00"),
			amend("2026-02-11T08:00:00", "u-1", "quantity: 9"),
			void("2026-02-12T08:00:00", "u-2"),
			bill("2026-03-01T09:00:00"),
			charges=CALLS,
		)
	)
	first, second = (
		CliRunner().invoke(main, ["explain", str(file), "--invoice", str(number)]).output for number in (1, 2)
	)

	assert "- u-1: 5 at 2026-01-09 08:00:00 UTC" in first
	assert "- u-2: 1 at 2026-01-09 08:00:00 UTC" in first
	assert "9 x 1.00 - 6.00 billed before = 3.00 USD" in second
	assert "- u-1, amended: 9 at 2026-01-09 08:00:00 UTC" in second
	assert "- u-2: void at 2026-01-09 08:00:00 UTC" in second


def test_a_usage_event_never_changes_in_the_store(tmp_path):
	db = tmp_path / "usage.sqlite"
	text = scenario(
		START,
		use("2026-01-09T08:00:00", "u-1", "5"),
		amend("2026-01-11T08:00:00", "u-1", "quantity: 2"),
		charges=CALLS,
	)
	result(text, db=db)
	connection = sqlite3.connect(db)

	versions = connection.execute("SELECT version, quantity, is_current FROM usage_event").fetchall()
	assert versions == [(0, "5", 0), (1, "2", 1)]
	with pytest.raises(sqlite3.IntegrityError, match="A usage event never changes"):
		connection.execute("UPDATE usage_event SET quantity = '3'")
	with pytest.raises(sqlite3.IntegrityError, match="A usage event is never deleted"):
		connection.execute("DELETE FROM usage_event")


# Stopped and run again


def eventful():
	"""Grace, thresholds and corrections on one order."""
	return scenario(
		START,
		bill("2026-01-01T09:00:00"),
		use("2026-01-05T08:00:00", "u-1", "8"),
		use("2026-01-06T08:00:00", "u-2", "7"),
		amend("2026-01-07T08:00:00", "u-1", "quantity: 20"),
		void("2026-01-08T08:00:00", "u-2"),
		use("2026-01-09T08:00:00", "u-3", "4"),
		bill("2026-02-01T09:00:00"),
		use("2026-02-02T08:00:00", "u-4", "6", ", occurred_at: 2026-01-30T08:00:00"),
		bill("2026-02-03T09:00:00"),
		amend("2026-02-04T08:00:00", "u-4", "quantity: 1"),
		bill("2026-03-01T09:00:00"),
		charges=f"{FEE}, {CALLS}",
		order=f"{THRESHOLD}, grace_hours: 48",
	)


def test_grace_threshold_and_corrections_together():
	outcome = result(eventful())

	assert lines(outcome) == [
		(1, "fee", "2026-01-01", "2026-01-31", "1", "31.00"),
		(2, "calls", "2026-01-01", "2026-01-31", "15", "15.00"),
		(3, "calls", "2026-01-01", "2026-01-31", "12", "12.00"),
		(4, "calls", "2026-01-01", "2026-01-31", "3", "3.00"),
		(4, "fee", "2026-02-01", "2026-02-28", "1", "31.00"),
		(None, "calls", "2026-01-01", "2026-01-31", "-5", "-5.00"),
		(None, "fee", "2026-03-01", "2026-03-31", "1", "31.00"),
	]


@pytest.mark.parametrize("number", range(3, 125, 5))
def test_a_run_stopped_at_any_statement_ends_with_the_same_result(number, tmp_path, monkeypatch):
	db = tmp_path / "stopped.sqlite"
	stop_before(number, monkeypatch)
	with pytest.raises(Stop):
		simulate(Source("scenario.yaml", eventful()), db)
	monkeypatch.undo()

	assert result(eventful(), db=db) == result(eventful())
