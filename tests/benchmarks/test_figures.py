"""Figures, their bounds, and which benchmarks there are."""

import ast

import pytest

from benchmarks.figures import Figures, shown
from benchmarks.run import main, needs_site


def test_a_figure_is_printed_with_its_bound(capsys):
	Figures().at_least("invoices/s against Subscription", 4.256, 4)
	assert capsys.readouterr().out == "invoices/s against Subscription: 4.26 (bound: at least 4) ok\n"


def test_a_figure_beyond_its_bound_is_short_and_fails_the_benchmark(capsys):
	figures = Figures()
	figures.at_most("SQL per invoice", 86, 85)
	assert capsys.readouterr().out == "SQL per invoice: 86 (bound: at most 85) short\n"
	with pytest.raises(SystemExit, match="1"):
		figures.finish()


def test_a_figure_at_its_bound_holds(capsys):
	figures = Figures()
	figures.at_most("SQL per invoice", 85, 85)
	figures.report("orders per second", 41234.5)
	figures.finish()
	assert capsys.readouterr().out.splitlines()[1] == "orders per second: 41,234 (bound: none) ok"


@pytest.mark.parametrize(
	("value", "text"), [(999.4, "999"), (1000, "1,000"), (0.8512, "0.851"), (-1500, "-1,500")]
)
def test_numbers_are_shown_for_people(value: float, text: str):
	assert shown(value) == text


def test_a_benchmark_says_in_one_line_that_it_needs_a_site():
	assert needs_site(ast.parse("NEEDS_SITE = True\n\ndef main():\n\tpass\n"))
	assert not needs_site(ast.parse("def main():\n\tpass\n"))


def test_a_benchmark_that_does_not_exist_is_refused(capsys):
	assert main(["no_such_benchmark"]) == 2
	assert capsys.readouterr().out.startswith("There is no benchmark no_such_benchmark. There are: ")
