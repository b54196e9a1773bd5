"""Reading what the runner of the tests on a site printed."""

from pathlib import Path

import pytest

from throwaway_site.site_tests import Outcome, read_outcome, site_test_files

FRAPPE_15 = "....\n-----\nRan 4 tests in 1.445s\n\nOK\n"
FRAPPE_16 = (
	"Running 3 unit tests for paygent_billing\nRan 3 tests in 0.1s\n\nOK (skipped=1)\n"
	"Running 5 integration tests for paygent_billing\nRan 5 tests in 9.2s\n\nFAILED (failures=1, errors=2)\n"
)


@pytest.mark.parametrize(
	("output", "outcome"),
	[
		(FRAPPE_15, Outcome(passed=4, failed=0, skipped=0)),
		(FRAPPE_16, Outcome(passed=4, failed=3, skipped=1)),
		("Ran 1 test in 0.1s\n\nFAILED (unexpected successes=1)\n", Outcome(0, 1, 0)),
		("Ran 0 tests in 0.000s\n\nOK\n", Outcome(0, 0, 0)),
		("Traceback (most recent call last):\n", Outcome(0, 0, 0)),
	],
)
def test_outcomes_are_read_from_the_closing_lines(output: str, outcome: Outcome):
	assert read_outcome(output) == outcome


def test_an_outcome_is_one_plain_line():
	assert str(Outcome(passed=4, failed=3, skipped=1)) == "site: 4 passed, 3 failed, 1 skipped"


def test_only_test_files_inside_the_app_run_on_a_site(tmp_path: Path):
	for name in ("paygent_billing/tests/test_orders.py", "paygent_billing/hooks.py", "tests/test_money.py"):
		(tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
		(tmp_path / name).touch()
	assert site_test_files(tmp_path) == ["paygent_billing/tests/test_orders.py"]
