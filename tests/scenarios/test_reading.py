"""What a scenario file's words mean."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from paygent_billing.core.invoicing import ChargeType, Timing
from paygent_billing.core.pricing import Flat, Tier
from paygent_billing.core.usage import Aggregation, Metric, PropertyFilter, QuantityRounding, RoundingMode
from paygent_billing.core.wallet import Rollover
from paygent_billing.scenarios import ScenarioError, Source, load_scenario, opening_terms, read_scenario
from paygent_billing.scenarios.charges import ChargeError, ChargeValues, Model, TierValues, build_charge

CASES = Path(__file__).parent.parent / "cases"


def read(text):
	return read_scenario(Source("scenario.yaml", text))


def test_a_case_is_read_with_exact_values():
	scenario = load_scenario(CASES / "acme-support-agent.yaml")
	order = scenario.orders["ORD-1"]
	tokens = scenario.plans["Pro Plan"].charges[2]

	assert (scenario.currency.code, scenario.currency.decimals, scenario.zone.key) == ("USD", 2, "UTC")
	assert (order.start, order.end, order.billing_day, order.payment_due_days) == (
		date(2026, 1, 15),
		None,
		1,
		30,
	)
	assert tokens.price.included == 10
	assert tokens.price.model.tiers[1] == Tier(Decimal(1000), Decimal("0.80"), Decimal("5.00"))
	assert opening_terms(scenario, order).lines[0].versions[0].seats == 5


@pytest.mark.parametrize(("code", "decimals"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2)])
def test_a_currency_has_the_decimals_that_cldr_gives_it(code, decimals):
	assert read(f"currency: {code}\n").currency.decimals == decimals


def test_a_scenario_may_say_how_many_decimals_its_currency_has():
	assert read("currency: USD\ndecimals: 4\n").currency.decimals == 4


@pytest.mark.parametrize("word", ["NO", "no", "off", "1.10", "2026-01-01", "0x10", "1e3", "12:30:00"])
def test_words_that_yaml_would_convert_stay_text(word):
	assert list(read(f"currency: USD\ncustomers: [{{id: {word}}}]\n").customers) == [word]


def test_exact_decimals_need_no_quotes():
	text = "currency: USD\nagents: [{id: A, charges: [{id: f, type: setup_fee, price: 0.1000000000001}]}]\n"

	with pytest.raises(ScenarioError, match="too many decimals: at most 12"):
		read(text)
	assert read(text.replace("0001}", "}")).agents["A"].charges[0].price.model == Flat(Decimal("0.1"))


def test_times_without_a_zone_are_on_the_clock_of_the_scenario():
	scenario = read(
		"currency: USD\ntimezone: America/New_York\nevents:\n"
		"  - {at: 2026-01-01T09:00:00, do: bill}\n"
		"  - {at: 2026-01-01T15:00:00Z, do: bill}\n"
		"  - {at: '2026-01-01 16:00:00+01:00', do: bill}\n"
	)

	assert [event.at.astimezone(timezone.utc) for event in scenario.events] == [
		datetime(2026, 1, 1, 14, tzinfo=timezone.utc),
		datetime(2026, 1, 1, 15, tzinfo=timezone.utc),
		datetime(2026, 1, 1, 15, tzinfo=timezone.utc),
	]


def test_anchors_and_aliases_repeat_values():
	text = (
		"currency: USD\nagents:\n"
		"  - {id: A, charges: &fees [{id: f, type: setup_fee, price: 5}]}\n  - {id: B, charges: *fees}\n"
	)
	scenario = read(text)

	assert scenario.agents["A"].charges == scenario.agents["B"].charges


def test_an_alias_within_itself_is_refused():
	with pytest.raises(ScenarioError, match=r"scenario\.yaml:2"):
		read("currency: USD\ncustomers: &all [*all]\n")


@pytest.mark.parametrize(
	("word", "rollover"),
	[("none", Rollover(Decimal(0))), ("all", Rollover(None)), ("{capped: 7.50}", Rollover(Decimal("7.5")))],
)
def test_rollover_is_none_all_or_capped(word, rollover):
	scenario = read(
		"currency: USD\ncustomers: [{id: C}]\nagents: [{id: A}]\norders:\n"
		f"  - {{id: O, customer: C, start: 2026-01-31, lines: [{{id: L, agent: A, rollover: {word}}}]}}\n"
	)

	assert scenario.orders["O"].lines[0].rollover == rollover
	assert scenario.orders["O"].billing_day == 31


@pytest.mark.parametrize(("kind", "timing"), [("setup_fee", Timing.ADVANCE), ("minimum", Timing.ARREARS)])
def test_setup_fees_and_minimums_are_flat_unless_they_say_otherwise(kind, timing):
	charge = build_charge(ChargeValues(id="c", type=ChargeType(kind), price=Decimal(5)))

	assert (charge.price.model, charge.timing) == (Flat(Decimal(5)), timing)


def test_a_charge_names_the_field_that_is_wrong():
	tiers = (TierValues(Decimal(5)), TierValues(Decimal(5)), TierValues())
	values = ChargeValues(id="c", type=ChargeType.USAGE, model=Model.VOLUME, metric="m", tiers=tiers)

	with pytest.raises(ChargeError, match="The tiers overlap") as caught:
		build_charge(values)
	assert caught.value.field == "tiers"


def test_a_line_that_is_added_may_be_written_as_in_an_order():
	flat, nested = (
		read(
			"currency: USD\ncustomers: [{id: C}]\nagents: [{id: A}]\norders:\n"
			"  - {id: O, customer: C, start: 2026-01-01, lines: [{id: L, agent: A}]}\nevents:\n"
			"  - {at: 2026-01-01T09:00:00, do: activate, order: O}\n"
			f"  - {{at: 2026-01-01T09:00:00, do: add_line, order: O, {line}}}\n"
		).events[1]
		for line in ("line: M, agent: A, seats: 3", "line: {id: M, agent: A, seats: 3}")
	)

	assert flat == nested


def test_a_metric_has_filters_a_property_and_a_rounding():
	scenario = read(
		"currency: USD\nmetrics:\n"
		"  - {id: tokens, aggregation: sum, property: size, filters: {model: [large, small], region: eu},\n"
		"     rounding: {mode: up, decimals: 2}}\n"
		"  - {id: hours, aggregation: sum, rounding: {mode: nearest}}\n"
		"  - {id: users, aggregation: unique, property: user}\n"
	)

	assert scenario.metrics["tokens"] == Metric(
		"tokens",
		Aggregation.SUM,
		"size",
		(PropertyFilter("model", ("large", "small")), PropertyFilter("region", ("eu",))),
		QuantityRounding(RoundingMode.UP, 2),
	)
	assert scenario.metrics["hours"].rounding == QuantityRounding(RoundingMode.NEAREST, 0)
	assert (scenario.metrics["users"].unique_property, scenario.metrics["users"].value_property) == (
		"user",
		None,
	)
	assert scenario.metrics["tokens"].value_property == "size"


def test_an_order_has_grace_and_a_threshold():
	text = (
		"currency: USD\ncustomers: [{id: A}]\nagents: [{id: G}]\norders:\n"
		"  - {id: O, customer: A, start: 2026-01-01, grace_hours: 36, threshold: 75.50,\n"
		"     lines: [{id: L, agent: G}]}\n"
	)
	scenario = read(text)
	terms = opening_terms(scenario, scenario.orders["O"])

	assert (terms.grace, terms.threshold) == (timedelta(hours=36), Decimal("75.50"))


def test_usage_is_corrected_by_its_id():
	scenario = read(
		"currency: USD\ncustomers: [{id: A}]\nagents: [{id: G}]\nmetrics: [{id: m, aggregation: sum}]\n"
		"orders: [{id: O, customer: A, start: 2026-01-01, lines: [{id: L, agent: G}]}]\nevents:\n"
		"  - {at: 2026-01-01T09:00:00, do: activate, order: O}\n"
		"  - {at: 2026-01-02T09:00:00, do: usage, customer: A, agent: G, metric: m, id: u, quantity: 5}\n"
		"  - {at: 2026-01-03T09:00:00, do: amend_usage, customer: A, id: u, quantity: 2.5,\n"
		"     properties: {k: v}}\n"
		"  - {at: 2026-01-04T09:00:00, do: void_usage, customer: A, id: u}\n"
	)
	amended, void = scenario.events[2:]

	assert (amended.id, amended.quantity, amended.properties) == ("u", Decimal("2.5"), {"k": "v"})
	assert (void.do, void.customer, void.id) == ("void_usage", "A", "u")
