"""The `paygent-billing` command."""

import json

import pytest
from click.testing import CliRunner

from paygent_billing.simulator.cli import main

from .build import CALLS, CASES, activate, bill, scenario, use


def run(*arguments):
	return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_json_has_the_form_of_the_expected_files_and_nothing_else_on_stdout():
	done = run("simulate", CASES / "acme-support-agent.yaml", "--json")

	assert done.exit_code == 0
	assert done.stderr == ""
	assert json.loads(done.stdout) == json.loads((CASES / "acme-support-agent.expected.json").read_text())
	assert done.stdout == json.dumps(json.loads(done.stdout), indent=1, ensure_ascii=False) + "\n"


def test_without_json_the_invoices_are_shown_as_tables():
	done = run("simulate", CASES / "wallet-rollover.yaml")

	assert done.exit_code == 0
	assert "Invoice 3 - Hooli - ORD-1 - open" in done.stdout
	assert "-130.00" in done.stdout


def test_explain_shows_the_computation_and_the_usage_behind_a_line():
	done = run("explain", CASES / "wallet-rollover.yaml", "--invoice", 3)

	assert "600000 x 0.00025 = 150.00 USD" in done.stdout
	assert "- t-2: 600000 at 2026-02-15 09:00:00 UTC" in done.stdout
	assert "- 30.00 of lot 1, granted with invoice 1" in done.stdout


def test_explain_refuses_an_invoice_that_there_is_not():
	done = run("explain", CASES / "backlog.yaml", "--invoice", 9)

	assert (done.exit_code, done.stdout) == (2, "")
	assert done.stderr.endswith("backlog.yaml: there is no invoice 9\n")


def test_a_refused_scenario_exits_with_2_and_leaves_no_file(tmp_path):
	file, db = tmp_path / "bad.yaml", tmp_path / "bad.sqlite"
	file.write_text(scenario(activate("2026-01-01T08:00:00", "ORD-9")))

	done = run("simulate", file, "--db", db, "--json")

	assert (done.exit_code, done.stdout) == (2, "")
	assert done.stderr == f"{file}:11: The order ORD-9 is unknown: define it above, or correct its spelling\n"
	assert not db.exists()


def test_another_scenario_on_the_same_file_exits_with_2(tmp_path):
	db = tmp_path / "one.sqlite"
	run("simulate", CASES / "backlog.yaml", "--db", db)

	done = run("simulate", CASES / "late-usage.yaml", "--db", db)

	assert done.exit_code == 2
	assert "holds another scenario" in done.stderr


def test_the_demo_writes_a_page_for_each_invoice(tmp_path):
	done = run("demo", "--out", tmp_path / "pages")

	assert done.exit_code == 0
	assert "Usage that no invoice" in done.stdout
	pages = sorted(tmp_path.glob("pages/*.html"))
	assert [page.name for page in pages] == [f"invoice-{number:04}.html" for number in range(1, 10)]
	assert "Bright &amp; Sons" in pages[1].read_text()
	assert "1020000 x 0.0002 - 180.00 billed before" in pages[5].read_text()


def test_text_from_the_scenario_is_escaped_on_pages_and_harmless_on_the_terminal(tmp_path):
	file = tmp_path / "scenario.yaml"
	text = scenario(
		activate("2026-01-01T08:00:00"),
		"at: 2026-01-01T08:30:00, do: one_off, order: ORD-1, "
		"description: '<script>alert(1)</script> {{ 7 * 7 }} [red]x[/blue]', amount: 1",
		bill("2026-01-01T09:00:00"),
	)
	file.write_text(text)

	done = run("simulate", file, "--pages", tmp_path / "pages")

	assert done.exit_code == 0, done.output
	page = (tmp_path / "pages" / "invoice-0001.html").read_text()
	assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }} [red]x[/blue]" in page
	assert "<script>" not in page


def test_warnings_go_to_stderr(tmp_path):
	file = tmp_path / "scenario.yaml"
	events = [use("2026-01-02T08:00:00", "u-1", "5"), use("2026-01-03T08:00:00", "u-1", "6")]
	file.write_text(scenario(activate("2026-01-01T08:00:00"), *events, charges=CALLS))

	done = run("simulate", file, "--json")

	assert (
		done.stderr == "Warning: The usage u-1 of Acme came again with other content: the first one stays\n"
	)
	assert json.loads(done.stdout)["unbilled"] == [{"id": "u-1", "reason": "period not ended"}]


@pytest.mark.parametrize(
	"command", [["simulate", "/no/such.yaml"], ["explain", "/no/such.yaml", "--invoice", "1"]]
)
def test_a_file_that_there_is_not_is_refused(command):
	done = run(*command)

	assert done.exit_code == 2
	assert "does not exist" in done.stderr
