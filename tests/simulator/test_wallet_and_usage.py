"""Usage that arrives, prepaid credits, payments and voided invoices."""

import sqlite3
from decimal import Decimal

import pytest

from paygent_billing.scenarios import ScenarioError
from paygent_billing.simulator.engine import Watcher

from .build import CALLS, FEE, activate, bill, end, lines, pause, result, scenario, use

START = activate("2026-01-01T08:00:00")


def reasons(outcome):
	return {use["id"]: use["reason"] for use in outcome.get("unbilled", [])}


def test_a_usage_id_that_comes_again_changes_nothing():
	warnings = []
	events = [use("2026-01-02T08:00:00", "u-1", "5"), use("2026-01-03T08:00:00", "u-1", "5.0")]
	outcome = result(
		scenario(START, *events, bill("2026-02-01T09:00:00"), charges=CALLS),
		watcher=Watcher(warn=warnings.append),
	)

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-31", "5", "5.00")]
	assert warnings == []


def test_a_usage_id_that_comes_again_with_other_content_keeps_the_first_and_warns():
	warnings = []
	events = [use("2026-01-02T08:00:00", "u-1", "5"), use("2026-01-03T08:00:00", "u-1", "6")]
	outcome = result(
		scenario(START, *events, bill("2026-02-01T09:00:00"), charges=CALLS),
		watcher=Watcher(warn=warnings.append),
	)

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-31", "5", "5.00")]
	assert warnings == ["The usage u-1 of Acme came again with other content: the first one stays"]


def test_usage_that_no_invoice_holds_is_reported_with_its_reason():
	outcome = result(
		scenario(
			activate("2026-01-08T08:00:00"),
			use("2026-01-09T08:00:00", "early"),
			use("2026-01-10T08:00:00", "billed"),
			pause("2026-01-12T08:00:00"),
			use("2026-01-13T08:00:00", "paused"),
			activate("2026-01-15T08:00:00"),
			end("2026-01-20T08:00:00"),
			use("2026-01-21T08:00:00", "over"),
			bill("2026-01-21T09:00:00"),
			use("2026-01-22T08:00:00", "too-late", more=", occurred_at: 2026-01-11T08:00:00"),
			charges=CALLS,
			order="start: 2026-01-10, billing_day: 1",
		)
	)

	assert lines(outcome) == [(1, "calls", "2026-01-10", "2026-01-11", "1", "1.00")]
	assert reasons(outcome) == {
		"early": "before the order's start",
		"paused": "order paused",
		"over": "after the order's end",
		"too-late": "order closed",
	}


def test_usage_of_a_metric_without_a_charge_is_kept_and_reported():
	outcome = result(scenario(START, use("2026-01-09T08:00:00", "u-1"), bill("2026-02-01T09:00:00")))

	assert reasons(outcome) == {"u-1": "no charge for this metric"}


def test_usage_on_a_voided_invoice_is_reported_and_not_billed_again():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1"),
			bill("2026-02-01T09:00:00"),
			"at: 2026-02-02T09:00:00, do: void, invoice: 1",
			bill("2026-03-01T09:00:00"),
			charges=CALLS,
		)
	)

	assert len(outcome["invoices"]) == 1
	assert reasons(outcome) == {"u-1": "invoice void"}


def test_late_usage_of_a_period_whose_usage_was_free_is_billed_with_its_own_quantity():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "4"),
			bill("2026-02-01T09:00:00"),
			use("2026-02-02T08:00:00", "u-2", "3", ", occurred_at: 2026-01-31T23:00:00"),
			bill("2026-03-01T09:00:00"),
			charges=CALLS.replace("rate", "included: 5, rate"),
		)
	)

	assert lines(outcome) == [(1, "calls", "2026-01-01", "2026-01-31", "3", "2.00")]


def test_late_usage_that_reaches_a_minimum_takes_back_what_topped_it_up():
	outcome = result(
		scenario(
			START,
			use("2026-01-09T08:00:00", "u-1", "4"),
			bill("2026-02-01T09:00:00"),
			use("2026-02-02T08:00:00", "u-2", "30", ", occurred_at: 2026-01-31T23:00:00"),
			bill("2026-03-01T09:00:00"),
			charges=CALLS + ', {id: floor, type: minimum, price: "10.00"}',
		)
	)

	assert [line for line in lines(outcome) if line[2] == "2026-01-01"] == [
		(1, "calls", "2026-01-01", "2026-01-31", "4", "4.00"),
		(1, "floor", "2026-01-01", "2026-01-31", "1", "6.00"),
		(2, "calls", "2026-01-01", "2026-01-31", "30", "30.00"),
		(2, "floor", "2026-01-01", "2026-01-31", "1", "-6.00"),
	]


def test_usage_that_names_its_order_may_have_a_second_line_for_the_same_agent():
	text = scenario(
		START,
		activate("2026-01-01T08:00:01", "ORD-2"),
		use("2026-01-09T08:00:00", "u-1", "4"),
		use("2026-01-09T08:00:01", "u-2", "5", ", order: ORD-2"),
		bill("2026-02-01T09:00:00"),
		charges=CALLS,
	)
	second = "  - {id: ORD-2, customer: Acme, start: 2026-01-01, lines: [{id: L1, agent: Guard}]}\nevents:"
	outcome = result(text.replace("events:", second))

	assert [(invoice["order"], invoice["total"]) for invoice in outcome["invoices"]] == [
		("ORD-1", "4.00"),
		("ORD-2", "5.00"),
	]


def test_an_order_after_another_takes_the_usage_from_its_first_day_on():
	text = scenario(
		START,
		end("2026-01-15T10:00:00"),
		activate("2026-01-15T11:00:00", "ORD-2"),
		use("2026-01-16T08:00:00", "u-1", "4", ", occurred_at: 2026-01-15T23:59:59"),
		use("2026-01-16T08:00:01", "u-2", "5"),
		bill("2026-02-01T09:00:00"),
		charges=CALLS,
	)
	terms = "customer: Acme, start: 2026-01-16, billing_day: 1"
	second = f"  - {{id: ORD-2, {terms}, lines: [{{id: L1, agent: Guard}}]}}\nevents:"
	outcome = result(text.replace("events:", second))

	assert [(invoice["order"], invoice["total"]) for invoice in outcome["invoices"]] == [
		("ORD-1", "4.00"),
		("ORD-2", "5.00"),
	]


def test_a_pause_resumed_on_the_same_day_is_none():
	outcome = result(
		scenario(
			START,
			bill("2026-01-01T09:00:00"),
			pause("2026-01-11T08:00:00"),
			activate("2026-01-11T09:00:00"),
			bill("2026-02-01T09:00:00"),
			order="start: 2026-01-01, billing_day: 1, credit_paused_days: true",
		)
	)

	assert lines(outcome) == [
		(1, "fee", "2026-01-01", "2026-01-31", "1", "31.00"),
		(2, "fee", "2026-02-01", "2026-02-28", "1", "31.00"),
	]


def test_a_pause_before_the_start_does_not_bring_the_start_forward():
	outcome = result(
		scenario(
			activate("2026-01-02T08:00:00"),
			pause("2026-01-03T08:00:00"),
			activate("2026-01-05T08:00:00"),
			bill("2026-01-06T09:00:00", "2026-01-31"),
			order="start: 2026-01-22, billing_day: 1",
		)
	)

	assert lines(outcome) == [(1, "fee", "2026-01-22", "2026-01-31", "1", "10.00")]


def test_the_credits_of_a_free_period_are_available_at_once():
	fee = '{id: fee, type: platform_fee, model: flat, price: "0", credits: "9.00"}'
	outcome = result(scenario(START, bill("2026-01-01T09:00:00"), charges=fee))

	assert outcome == {
		"invoices": [],
		"wallets": [{"customer": "Acme", "currency": "USD", "available": "9.00", "pending": "0.00"}],
	}


def test_a_voided_invoice_takes_back_its_pending_credits_and_restores_what_it_drew():
	fee = FEE.replace("price", 'credits: "5", price')
	outcome = result(
		scenario(
			START,
			'at: 2026-01-01T08:30:00, do: grant, customer: Acme, amount: "3.00", reason: welcome',
			use("2026-01-09T08:00:00", "u-1", "2"),
			bill("2026-02-01T09:00:00"),
			"at: 2026-02-02T09:00:00, do: void, invoice: 2",
			charges=f"{fee}, {CALLS}",
		)
	)

	assert outcome["invoices"][1]["status"] == "void"
	assert outcome["wallets"][0]["available"] == "3.00"
	assert outcome["wallets"][0]["pending"] == "5.00"


def test_partial_payments_settle_an_invoice_when_they_reach_its_total():
	fee = FEE.replace("price", 'credits: "5", price')
	outcome = result(
		scenario(
			START,
			bill("2026-01-01T09:00:00"),
			'at: 2026-01-02T09:00:00, do: record_payment, invoice: 1, amount: "30.99"',
			'at: 2026-01-02T10:00:00, do: record_payment, invoice: 1, amount: "0.01"',
			"at: 2026-01-02T11:00:00, do: pay, invoice: 1",
			charges=fee,
		)
	)

	assert {key: outcome["invoices"][0][key] for key in ("paid", "due", "status")} == {
		"paid": "31.00",
		"due": "0.00",
		"status": "paid",
	}
	assert outcome["wallets"][0]["available"] == "5.00"


@pytest.mark.parametrize(
	("event", "message"),
	[
		(
			'do: record_payment, invoice: 1, amount: "31.01"',
			"Invoice 1 has 31.00 due: a payment of 31.01 is more",
		),
		("do: pay, invoice: 2", "There is no invoice 2 at this time"),
		("do: void, invoice: 2", "There is no invoice 2 at this time"),
	],
)
def test_a_payment_that_fits_no_invoice_is_refused_before_anything_is_stored(event, message, tmp_path):
	db = tmp_path / "new.sqlite"
	text = scenario(START, bill("2026-01-01T09:00:00"), f"at: 2026-01-02T09:00:00, {event}")

	with pytest.raises(ScenarioError, match=f"scenario.yaml:13: {message}"):
		result(text, db=db)

	assert list(tmp_path.iterdir()) == []


def test_a_paid_invoice_cannot_become_void():
	text = scenario(
		START,
		bill("2026-01-01T09:00:00"),
		"at: 2026-01-02T09:00:00, do: pay, order: ORD-1",
		"at: 2026-01-03T09:00:00, do: void, invoice: 1",
	)

	with pytest.raises(ScenarioError, match="An invoice that is paid cannot become void"):
		result(text)


def test_what_an_order_owes_is_unchanged_by_the_payment_of_an_old_invoice_after_its_end():
	outcome = result(
		scenario(
			START,
			bill("2026-01-01T09:00:00"),
			end("2026-01-31T09:00:00"),
			bill("2026-02-01T09:00:00"),
			"at: 2026-02-02T09:00:00, do: pay, order: ORD-1",
			bill("2026-03-01T09:00:00"),
		)
	)

	assert lines(outcome) == [(1, "fee", "2026-01-01", "2026-01-31", "1", "31.00")]


def test_each_lot_is_the_sum_of_its_entries_and_entries_never_change(tmp_path):
	db = tmp_path / "wallet.sqlite"
	fee = FEE.replace("price", 'credits: "5", price')
	result(
		scenario(
			START,
			bill("2026-01-01T09:00:00"),
			"at: 2026-01-02T09:00:00, do: pay, order: ORD-1",
			use("2026-01-09T08:00:00", "u-1", "2"),
			bill("2026-02-01T09:00:00"),
			"at: 2026-02-02T09:00:00, do: pay, order: ORD-1",
			bill("2026-03-01T09:00:00"),
			charges=f"{fee}, {CALLS}",
			line=', rollover: {capped: "1.00"}',
		),
		db=db,
	)
	connection = sqlite3.connect(db)
	lots = connection.execute("SELECT id, available, pending FROM lot").fetchall()

	assert [(Decimal(available), Decimal(pending)) for _, available, pending in lots] == [
		(Decimal(1), Decimal(0)),
		(Decimal(1), Decimal(0)),
		(Decimal(0), Decimal(5)),
	]
	for number, available, pending in lots:
		entries = connection.execute(
			"SELECT available, pending FROM wallet_entry WHERE lot = ?", (number,)
		).fetchall()
		assert sum(Decimal(entry[0]) for entry in entries) == Decimal(available)
		assert sum(Decimal(entry[1]) for entry in entries) == Decimal(pending)
	with pytest.raises(sqlite3.IntegrityError, match="A wallet entry never changes"):
		connection.execute("UPDATE wallet_entry SET available = '1'")
