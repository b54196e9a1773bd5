"""Runs the app's tests on a site and reads what the runner printed."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from throwaway_site.overlay import OUR_APP
from throwaway_site.site import Site

RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
OUTCOME = re.compile(r"^(?:OK|FAILED) \((.+)\)$", re.MULTILINE)
COUNT = re.compile(r"(failures|errors|unexpected successes|skipped)=(\d+)")


@dataclass(frozen=True)
class Outcome:
	"""How many of the tests passed, failed (errors among them) and were skipped."""

	passed: int
	failed: int
	skipped: int

	def __str__(self) -> str:
		return f"site: {self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_site_tests(site: Site, options: Sequence[str]) -> int:
	"""The exit code: 0 only when tests ran and none failed."""
	command = site.frappe("run-tests", "--app", OUR_APP, *options)
	# Without CI, Frappe 15 exits with 0 even when tests failed.
	environment = {**site.environment, "CI": "1"}
	code, output = _run_aloud(command, cwd=site.overlay.sites, env=environment)
	outcome = read_outcome(output)
	print(f"\n{outcome}", flush=True)
	if outcome.passed + outcome.failed == 0:
		print("No test ran on the site.", flush=True)
	return code or int(outcome.failed > 0 or outcome.passed == 0)


def read_outcome(output: str) -> Outcome:
	"""Adds up unittest's closing lines, of which Frappe 16 prints one for each kind of test."""
	ran = sum(int(number) for number in RAN.findall(output))
	counts = [found for line in OUTCOME.findall(output) for found in COUNT.findall(line)]
	skipped = sum(int(number) for name, number in counts if name == "skipped")
	failed = sum(int(number) for name, number in counts if name != "skipped")
	return Outcome(passed=max(0, ran - failed - skipped), failed=failed, skipped=skipped)


def site_test_files(checkout: Path) -> list[str]:
	"""The test files inside the app, which run on a site only."""
	app = checkout / OUR_APP
	return sorted(str(path.relative_to(checkout)) for path in app.rglob("test_*.py"))


def _run_aloud(command: Sequence[str], **options) -> tuple[int, str]:
	"""Prints the output as it comes, and returns it."""
	lines = []
	with subprocess.Popen(
		command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options
	) as process:
		for line in process.stdout:
			sys.stdout.write(line)
			sys.stdout.flush()
			lines.append(line)
	return process.returncode, "".join(lines)
