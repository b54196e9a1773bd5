"""Scenarios that make no sense: refused with file, line and reason."""

import pytest

from paygent_billing.scenarios import ScenarioError, Source, read_scenario

#: Line numbers count from 1, which is `name`.
SCENARIO = """\
name: Base
currency: USD
timezone: Europe/Berlin
until: 2026-12-31
customers:
  - {id: Acme, taxes: [{name: VAT, rate: "19"}], credit_value: "1"}
  - {id: Globex}
metrics:
  - {id: calls, aggregation: sum}
  - {id: callers, aggregation: unique, property: caller}
agents:
  - id: Guard
    charges:
      - {id: calls, type: usage, metric: calls, model: per_unit, rate: "1.00"}
      - {id: fee, type: platform_fee, model: flat, price: "10.00"}
  - {id: Clerk}
plans:
  - id: Pro
    agent: Guard
    interval: month
    charges:
      - id: tokens
        type: usage
        metric: calls
        model: graduated
        tiers:
          - {up_to: 100, rate: "1.00"}
          - {up_to: 200, rate: "0.50"}
          - {rate: "0.10"}
  - {id: Office, agent: Clerk, interval: year, charges: []}
orders:
  - id: ORD-1
    customer: Acme
    billing_day: 1
    start: 2026-01-01
    end: 2026-11-30
    lines:
      - {id: L1, agent: Guard, plan: Pro, seats: 5}
  - {id: ORD-2, customer: Globex, interval: week, start: 2026-01-01, lines: [{id: L1, agent: Clerk}]}
events:
  - {at: 2026-01-01T09:00:00, do: activate, order: ORD-1}
  - {at: 2026-01-02T09:00:00, do: usage, customer: Acme, agent: Guard, metric: calls, quantity: "1", id: u-1}
  - {at: 2026-01-03T09:00:00, do: bill}
"""


def refusal(text):
	with pytest.raises(ScenarioError) as caught:
		read_scenario(Source("base.yaml", text))
	return str(caught.value)


def edited(old, new):
	assert SCENARIO.count(old) == 1, f"{old!r} stands {SCENARIO.count(old)} times in the scenario"
	return SCENARIO.replace(old, new)


def with_events(*events):
	return SCENARIO + "".join(f"  - {{{event}}}\n" for event in events)


def test_the_scenario_that_the_others_spoil_is_accepted():
	assert read_scenario(Source("base.yaml", SCENARIO)).name == "Base"


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("", "1: A scenario is a mapping, with keys such as currency, customers, orders and events"),
		("- a\n- b\n", "1: A scenario is a mapping"),
		("name: x\nname: y\n", "2: The key name stands here twice: remove one of them"),
		("name: [x\n", "1: This is not valid YAML"),
		("name: x\n---\nname: y\n", "4: A scenario file holds one document"),
		("name: !!python/object:os.system x\n", "1: Tags such as tag:yaml.org,2002:python/object:os.system"),
		("currency: USD\nnmae: x\n", "2: The key nmae is unknown here: correct its spelling or remove it"),
		("name: x\n", "1: currency is missing"),
		("currency: USD\norders: 5\n", "2: orders: this must be a list"),
		("currency: USD\nevents: {a: b}\n", "2: events: this must be a list"),
		("currency: USD\nevents: [bill]\n", "2: An event is a mapping"),
		("currency: USD\nname: *unknown\n", "2: *unknown names no anchor that is complete above it"),
		("[" * 50_000, "1: This is not valid YAML"),
	],
)
def test_a_file_without_the_shape_of_a_scenario_is_refused(text, expected):
	assert refusal(text).startswith(f"base.yaml:{expected}")


@pytest.mark.parametrize(
	("old", "new", "expected"),
	[
		("currency: USD", "currency: XXZ", "2: XXZ is no currency: write its ISO code, such as USD"),
		(
			"currency: USD",
			"currency: USD\ndecimals: 12",
			"3: USD cannot have 12 decimals: 0 to 9 are possible",
		),
		(
			"currency: USD",
			"currency: USD\nrounding: down",
			"3: rounding: down is not possible, but half_up or half_even are",
		),
		("Europe/Berlin", "Europe/Berln", "3: The time zone Europe/Berln is unknown"),
		("Europe/Berlin", "../etc/passwd", "3: The time zone ../etc/passwd is unknown"),
		(
			"until: 2026-12-31",
			"until: 2026-02-30",
			"4: until: 2026-02-30 is no date: day is out of range for month",
		),
		("until: 2026-12-31", "until: 2026-01-02", "4: until lies before the last event on 2026-01-03"),
		('rate: "19"', 'rate: "-19"', "6: rate: -19 is negative: it must be 0 or more"),
		('rate: "19"', 'rate: "1001"', "6: Tax VAT: a rate of 1001 percent is not between 0 and 1000"),
		('rate: "19"', "rate: nan", "6: rate: 'nan' is not a finite number"),
		('credit_value: "1"', 'credit_value: "0"', "6: credit_value: 0 is not above 0"),
		(
			'credit_value: "1"',
			"currency: EUR",
			"6: Acme is in EUR, the scenario in USD: one scenario, one currency",
		),
		("{id: Globex}", "{id: Acme}", "7: The id Acme is taken already: give it another one"),
		("{id: Globex}", "{id: }", "7: id: it must be text, and not empty"),
		("{id: Globex}", "{id: true}", "7: id: true is no text: quote it"),
		(
			"aggregation: sum",
			"aggregation: avg",
			"9: aggregation: avg is not possible, but sum, count, max, unique or last are",
		),
		(
			"unique, property: caller",
			"unique",
			"10: Metric callers: unique counts the values of a property, so name the property",
		),
		(
			"aggregation: sum}",
			"aggregation: count, property: caller}",
			"9: Metric calls: count counts events, so it takes no property",
		),
		(
			"aggregation: sum}",
			"aggregation: sum, filters: {kind: []}}",
			"9: The filter on kind names no value",
		),
		(
			"aggregation: sum}",
			"aggregation: sum, filters: {kind: true}}",
			"9: kind: true is no text: quote it",
		),
		("aggregation: sum}", "aggregation: sum, filters: chat}", "9: filters: this must be a mapping"),
		("aggregation: sum}", "aggregation: sum, filter: {kind: chat}}", "9: The key filter is unknown here"),
		(
			"aggregation: sum}",
			"aggregation: sum, rounding: {mode: half}}",
			"9: mode: half is not possible, but up, down or nearest are",
		),
		(
			"aggregation: sum}",
			"aggregation: sum, rounding: {mode: up, decimals: 13}}",
			"9: A quantity is rounded to 0 to 12 decimals, not 13",
		),
		("aggregation: sum}", "aggregation: sum, rounding: up}", "9: rounding: this must be a mapping"),
		("metric: calls, model: per_unit", "metric: cals, model: per_unit", "14: The metric cals is unknown"),
		(
			"metric: calls, model: per_unit",
			"metric: calls, model: per_piece",
			"14: model: per_piece is not possible",
		),
		(
			"metric: calls, model: per_unit",
			"metric: calls",
			"14: calls: model is missing: say how the charge is priced",
		),
		(
			'rate: "1.00"}\n      - {id: fee',
			'rate: "-1.00"}\n      - {id: fee',
			"14: rate: -1.00 is negative: a price cannot be negative",
		),
		(
			'rate: "1.00"}\n      - {id: fee',
			'price: "1.00"}\n      - {id: fee',
			"14: calls: rate is missing: the model per_unit needs it",
		),
		(
			'rate: "1.00"}\n      - {id: fee',
			'rate: "1", price: "1"}\n      - {id: fee',
			"14: calls: price does not belong to the model per_unit",
		),
		(
			'rate: "1.00"}\n      - {id: fee',
			'rate: "1", timing: advance}\n      - {id: fee',
			"14: calls: Charge calls: usage is billed in arrears",
		),
		(
			'rate: "1.00"}\n      - {id: fee',
			'rate: "1", credits: "5"}\n      - {id: fee',
			"14: calls: Charge calls: credits come with a fee",
		),
		(
			'metric: calls, model: per_unit, rate: "1.00"',
			'metric: calls, model: percentage, percent: 2, min: "5", max: "4"',
			"14: calls: The min 5 is above the max 4",
		),
		('price: "10.00"', 'price: "ten"', "15: price: 'ten' is not a number"),
		(
			'price: "10.00"',
			'price: "10.00", credits: "-1"',
			"15: credits: -1 is negative: it must be 0 or more",
		),
		(
			'price: "10.00"',
			'price: "10.00", credits: "1", credit_schedule: each_period, timing: arrears',
			"15: fee: Charge fee: credits can come each period only with a platform or seat fee",
		),
		(
			'price: "10.00"',
			'price: "10.00", credits: "1", credit_schedule: monthly',
			"15: credit_schedule: monthly is not possible, but with_fee or each_period are",
		),
		(
			'price: "10.00"',
			'price: "10.00", metric: calls',
			"15: fee: Charge fee: a metric belongs to a usage charge",
		),
		("{id: fee, type", "{id: calls, type", "15: The id calls is taken already"),
		(
			"type: platform_fee",
			"type: platform",
			"15: type: platform is not possible, but platform_fee, seat_fee",
		),
		("agent: Guard\n    interval", "agent: Gard\n    interval", "19: The agent Gard is unknown"),
		("interval: month", "interval: fortnight", "20: interval: fortnight is not possible"),
		(
			"interval: month",
			"interval: month\n    interval_count: 0",
			"21: An interval has a count of 1 to 1000, not 0",
		),
		("interval: month", "interval_count: 2", "20: interval_count needs an interval"),
		("interval: month", "currency: EUR", "20: Pro is in EUR, the scenario in USD"),
		("{up_to: 200", "{up_to: 100", "26: tokens: The tiers overlap: up_to 100 follows up_to 100"),
		('{rate: "0.10"}', '{up_to: 300, rate: "0.10"}', "26: tokens: The last tier must have no up_to"),
		('{up_to: 200, rate: "0.50"}', '{rate: "0.50"}', "26: tokens: Only the last tier may have no up_to"),
		(
			'{up_to: 200, rate: "0.50"}',
			'{up_to: 200, rate: "-0.50"}',
			"28: rate: -0.50 is negative: a price cannot be negative",
		),
		('{up_to: 200, rate: "0.50"}', '{up_to: 200, rat: "0.50"}', "28: The key rat is unknown here"),
		("customer: Acme\n", "customer: Acm\n", "33: The customer Acm is unknown"),
		("billing_day: 1", "billing_day: 32", "34: A billing day is 1 to 31, not 32"),
		("billing_day: 1", "billing_day: 1.5", "34: billing_day: 1.5 is no whole number"),
		("billing_day: 1", "payment_due_days: -1", "34: payment_due_days: -1 is negative"),
		("billing_day: 1", "grace_hours: -1", "34: grace_hours: -1 is negative: it must be 0 or more"),
		("billing_day: 1", "grace_hours: 1.5", "34: grace_hours: 1.5 is no whole number"),
		("billing_day: 1", "grace_hours: 8785", "34: A grace of 8785 hours is above 8784"),
		("billing_day: 1", 'threshold: "0"', "34: threshold: 0 is not above 0"),
		("billing_day: 1", 'threshold: "5.001"', "34: 5.001 has more decimals than USD, which has 2"),
		("billing_day: 1", "currency: EUR", "34: ORD-1 is in EUR, the scenario in USD"),
		("billing_day: 1", "proration: yes", "34: proration: it must be true or false, not yes"),
		("billing_day: 1", "invoice_changes: later", "34: invoice_changes: it must be next or now"),
		(
			"billing_day: 1",
			"discount: {percent: 10, amount: 5}",
			"34: A discount is either a percent or an amount",
		),
		(
			"billing_day: 1",
			'discount: {amount: "5.001"}',
			"34: 5.001 has more decimals than USD, which has 2",
		),
		(
			"billing_day: 1",
			"first_billing_date: 2026-05-01",
			"34: The first billing date 2026-05-01 must follow the start",
		),
		("    start: 2026-01-01", "    start: 2026-02-30", "35: start: 2026-02-30 is no date"),
		(
			"    start: 2026-01-01",
			"    start: 1.1.2026",
			"35: start: 1.1.2026 is no date: write it as 2026-01-31",
		),
		(
			"end: 2026-11-30",
			"end: 2025-12-31",
			"36: ORD-1 would end on 2025-12-31, before it starts on 2026-01-01",
		),
		("plan: Pro", "plan: Prro", "38: The plan Prro is unknown"),
		("plan: Pro", "plan: Office", "38: The plan Office is for Clerk, not for Guard"),
		("seats: 5", "seats: -5", "38: seats: -5 is negative: it must be 0 or more"),
		("seats: 5", "rollover: some", "38: rollover: it must be none, all or {capped"),
		("seats: 5", 'rollover: {capped: "-1"}', "38: rollover: -1 is negative"),
		("seats: 5", "overage: free", "38: overage: free is not possible, but bill or block are"),
		("id: ORD-2", "id: ORD-1", "39: The id ORD-1 is taken already"),
		("lines: [{id: L1, agent: Clerk}]", "lines: []", "39: ORD-2 has no lines: name at least one agent"),
		(
			"{id: L1, agent: Clerk}]",
			"{id: L1, agent: Clerk}, {id: L1, agent: Guard}]",
			"39: The id L1 is taken already",
		),
		(
			"{id: L1, agent: Clerk}]",
			"{id: L1, agent: Clerk, plan: Office}]",
			"39: The plan Office is billed every year: that is no multiple of the order's week",
		),
		(
			"2026-01-01T09:00:00",
			"2026-01-01",
			"41: at: 2026-01-01 is no time: write it as 2026-01-31T09:00:00",
		),
		(
			"2026-01-01T09:00:00",
			"2026-13-01T09:00:00",
			"41: at: 2026-13-01T09:00:00 is no time: month must be in 1..12",
		),
		("do: activate, order: ORD-1", "do: activate", "41: order is missing"),
		("do: activate, order: ORD-1", "do: activate, ordr: ORD-1", "41: The key ordr is unknown here"),
		("do: activate, order: ORD-1", "order: ORD-1", "41: do is missing: say what happens"),
		(
			"do: activate, order: ORD-1",
			"do: explode, order: ORD-1",
			"41: The event explode is unknown: possible are activate",
		),
		(
			"do: activate, order: ORD-1",
			"do: bill",
			"42: Acme has no order with Guard that is activated before this",
		),
		(
			"2026-01-02T09:00:00",
			"2025-12-31T09:00:00",
			"42: This lies before the event above it: events stand in time order",
		),
		('quantity: "1"', 'quantity: "-1"', "42: -1 is negative: usage is 0 or more"),
		(
			'quantity: "1"',
			"occurred_at: 2026-01-02T09:00:01",
			"42: This usage would arrive before it happened",
		),
		('quantity: "1"', "order: ORD-2", "42: ORD-2 is an order of Globex, not of Acme"),
		(
			"aggregation: sum}",
			"aggregation: sum, property: minutes}",
			"42: calls adds up the values of minutes: add properties: {minutes: ...}",
		),
		("customer: Acme, agent", "customer: Acme Ltd, agent", "42: The customer Acme Ltd is unknown"),
		(
			"metric: calls, quantity",
			"metric: callers, quantity",
			"42: callers counts different values of caller",
		),
	],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_line(old, new, expected):
	assert refusal(edited(old, new)).startswith(f"base.yaml:{expected}")


@pytest.mark.parametrize(
	("events", "expected"),
	[
		(["do: activate, order: ORD-1"], "44: The order ORD-1 is Active on 2026-02-01: it cannot activate"),
		(["do: deactivate, order: ORD-2"], "44: The order ORD-2 is Draft on 2026-02-01: it cannot pause"),
		(
			["do: end, order: ORD-1", "do: end, order: ORD-1"],
			"45: The order ORD-1 is Ended on 2026-02-01: it cannot end",
		),
		(["do: change_line, order: ORD-2, line: L1, seats: 3"], "44: The order ORD-2 is Draft"),
		(["do: change_line, order: ORD-1, line: L9, seats: 3"], "44: The line L9 is unknown"),
		(
			["do: change_line, order: ORD-1, line: L1"],
			"44: Nothing is changed: name a plan or a number of seats",
		),
		(["do: change_line, order: ORD-1, line: L1, seats: -3"], "44: seats: -3 is negative"),
		(
			["do: change_line, order: ORD-1, line: L1, plan: Office"],
			"44: The plan Office is for Clerk, not for Guard",
		),
		(["do: add_line, order: ORD-1, line: L1, agent: Clerk"], "44: ORD-1 has a line L1 already"),
		(["do: add_line, order: ORD-1, line: L2, agent: Clark"], "44: The agent Clark is unknown"),
		(
			["do: add_line, order: ORD-1, line: L2, agent: Guard"],
			"44: Acme has Guard on ORD-1, line L1 already",
		),
		(["do: remove_line, order: ORD-1, line: L2"], "44: The line L2 is unknown"),
		(
			["do: remove_line, order: ORD-1, line: L1", "do: remove_line, order: ORD-1, line: L1"],
			"45: The line L1 is unknown",
		),
		(["do: one_off, order: ORD-2, description: x, amount: 1"], "44: ORD-2 is not activated yet"),
		(
			["do: one_off, order: ORD-1, description: x, amount: '1.005'"],
			"44: 1.005 has more decimals than USD",
		),
		(
			["do: first_invoice, order: ORD-1"],
			"44: ORD-1 makes its first invoice by itself: set first_invoice_by_hand",
		),
		(["do: pay"], "44: Name either an order or an invoice that is paid"),
		(["do: pay, order: ORD-1, invoice: 1"], "44: Name either an order or an invoice that is paid"),
		(["do: pay, order: ORD-2"], "44: ORD-2 is not activated yet"),
		(["do: pay, order: ORD-3"], "44: The order ORD-3 is unknown"),
		(["do: record_payment, invoice: 1, amount: 0"], "44: amount: 0 is not above 0"),
		(
			["do: grant, customer: Acme, amount: 5, expires: 2026-02-01"],
			"44: These credits would expire on 2026-02-01",
		),
		(["do: bill, daily_until: 2026-01-31"], "44: daily_until lies before the first run"),
		(["do: top_up, customer: Acm, amount: 5"], "44: The customer Acm is unknown"),
		(["do: top_up, customer: Acme, amount: 0"], "44: amount: 0 is not above 0"),
		(["do: top_up, customer: Acme, amount: '5.001'"], "44: 5.001 has more decimals than USD"),
		(
			["do: top_up, customer: Acme, amount: 5, expires: 2026-02-01"],
			"44: These credits would expire on 2026-02-01",
		),
		(["do: refund"], "44: invoice is missing"),
		(["do: refund, invoice: 1, amount: '0.001'"], "44: 0.001 has more decimals than USD"),
		(["do: decline, order: ORD-1"], "44: The event decline is not supported yet"),
		(
			["do: usage, customer: Globex, agent: Clerk, metric: calls, id: g-1"],
			"44: Globex has no order with Clerk",
		),
		(
			["do: usage, customer: Acme, agent: Clerk, metric: calls, id: g-1, order: ORD-1"],
			"44: ORD-1 has no line with Clerk",
		),
		(["do: amend_usage, customer: Acme, id: u-2, quantity: 3"], "44: Acme has no usage u-2 before this"),
		(
			["do: amend_usage, customer: Globex, id: u-1, quantity: 3"],
			"44: Globex has no usage u-1 before this",
		),
		(["do: amend_usage, customer: Acm, id: u-1, quantity: 3"], "44: The customer Acm is unknown"),
		(
			["do: amend_usage, customer: Acme, id: u-1"],
			"44: Nothing is amended: name a quantity or properties",
		),
		(
			["do: amend_usage, customer: Acme, id: u-1, quantity: -3"],
			"44: -3 is negative: usage is 0 or more",
		),
		(["do: amend_usage, customer: Acme, id: u-1, metric: callers"], "44: The key metric is unknown here"),
		(["do: void_usage, customer: Acme, id: u-2"], "44: Acme has no usage u-2 before this"),
		(
			["do: void_usage, customer: Acme, id: u-1", "do: void_usage, customer: Acme, id: u-1"],
			"45: The usage u-1 of Acme is void already",
		),
		(
			[
				"do: void_usage, customer: Acme, id: u-1",
				"do: amend_usage, customer: Acme, id: u-1, quantity: 3",
			],
			"45: The usage u-1 of Acme is void already",
		),
	],
)
def test_an_event_that_cannot_happen_is_refused_with_its_line(events, expected):
	assert refusal(with_events(*(f"at: 2026-02-01T09:00:00, {event}" for event in events))).startswith(
		f"base.yaml:{expected}"
	)


def test_an_amendment_must_leave_what_its_metric_counts():
	text = SCENARIO + (
		"  - {at: 2026-02-01T09:00:00, do: usage, customer: Acme, agent: Guard, metric: callers, id: c-1,\n"
		"     properties: {caller: ann}}\n"
		"  - {at: 2026-02-01T10:00:00, do: amend_usage, customer: Acme, id: c-1,\n"
		"     properties: {name: ann}}\n"
	)

	assert refusal(text) == (
		"base.yaml:47: callers counts different values of caller: add properties: {caller: ...}"
	)


def test_an_order_is_over_after_its_last_day_whether_or_not_that_was_billed():
	text = with_events("at: 2026-12-01T09:00:00, do: change_line, order: ORD-1, line: L1, seats: 9")

	assert refusal(text) == "base.yaml:44: The order ORD-1 is Ended on 2026-12-01: it cannot change"


def test_a_second_order_that_bills_the_same_usage_is_refused_when_it_is_activated():
	text = edited(
		"events:\n",
		"  - {id: ORD-3, customer: Acme, start: 2026-01-01, lines: [{id: L1, agent: Guard}]}\nevents:\n",
	)
	text += "  - {at: 2026-02-01T09:00:00, do: activate, order: ORD-3}\n"

	assert refusal(text).startswith(
		"base.yaml:45: Acme has Guard on ORD-1, line L1 already: a second line on ORD-3 would"
	)


def test_the_line_is_found_in_a_block_of_lines_too():
	text = edited(
		"{id: L1, agent: Guard, plan: Pro, seats: 5}", "id: L1\n        agent: Guard\n        seats: none"
	)

	assert refusal(text).startswith("base.yaml:40: seats: none is no whole number")


@pytest.mark.parametrize(
	("events", "expected"),
	[
		(["at: 2026-01-04T09:00:00, do: first_invoice, order: ORD-2"], "44: ORD-2 is not activated yet"),
		(
			[
				"at: 2026-01-04T09:00:00, do: activate, order: ORD-2",
				"at: 2026-01-05T09:00:00, do: first_invoice, order: ORD-2",
			],
			"45: ORD-2 starts on 2026-01-06: it has no invoice before that",
		),
		(
			[
				"at: 2026-01-04T09:00:00, do: activate, order: ORD-2",
				"at: 2026-01-06T09:00:00, do: first_invoice, order: ORD-2",
				"at: 2026-01-07T09:00:00, do: first_invoice, order: ORD-2",
			],
			"46: ORD-2 has its first invoice since 2026-01-06",
		),
	],
)
def test_a_first_invoice_that_cannot_be_made_is_refused(events, expected):
	text = with_events(*events).replace(
		"interval: week, start: 2026-01-01", "interval: week, first_invoice_by_hand: true, start: 2026-01-06"
	)
	assert refusal(text).startswith(f"base.yaml:{expected}")
