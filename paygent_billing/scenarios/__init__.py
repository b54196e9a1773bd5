"""Scenario files: read, checked, and handed on as frozen values."""

from paygent_billing.scenarios.errors import Problem, ScenarioError
from paygent_billing.scenarios.reading import load_scenario, read_scenario
from paygent_billing.scenarios.scenario import Agent, Customer, Line, Order, Plan, Scenario
from paygent_billing.scenarios.source import Source
from paygent_billing.scenarios.terms import opening_terms

__all__ = [
	"Agent",
	"Customer",
	"Line",
	"Order",
	"Plan",
	"Problem",
	"Scenario",
	"ScenarioError",
	"Source",
	"load_scenario",
	"opening_terms",
	"read_scenario",
]
