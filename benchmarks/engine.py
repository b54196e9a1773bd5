"""The engine alone: 10,000 orders, twelve monthly bills with usage, in one run of the command."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figures

ORDERS = 10_000
MONTHS = 12
MEGABYTES = 500

HEAD = """\
name: Ten thousand orders
currency: USD
metrics: [{id: tokens, aggregation: sum}]
agents: [{id: Writer}]
plans:
  - id: Pro
    agent: Writer
    charges:
      - {id: platform, type: platform_fee, model: flat, price: "99.00", credits: "10.00"}
      - {id: seats, type: seat_fee, model: per_unit, rate: "12.50"}
      - {id: tokens, type: usage, metric: tokens, model: graduated, included: 100,
         tiers: [{up_to: 1000, rate: "0.01"}, {up_to: 10000, rate: "0.008", flat: "1.00"}, {rate: "0.005"}]}
"""

#: Runs the command and says on the last line of stderr how many kilobytes it needed at most.
MEASURED = """
import resource, sys
from paygent_billing.simulator.cli import main
try:
	main()
finally:
	print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@dataclass(frozen=True)
class Run:
	"""One run of the command: how long it took, how much memory it needed, and what it billed."""

	seconds: float
	megabytes: float
	invoices: int


def main() -> None:
	figures = Figures()
	with tempfile.TemporaryDirectory() as folder:
		scenario = Path(folder, "scenario.yaml")
		write_scenario(scenario, ORDERS)
		run = simulate(scenario)
	figures.at_least("invoices issued", run.invoices, ORDERS * MONTHS)
	figures.report("seconds for the run", run.seconds)
	figures.report("orders billed per second (each with 12 invoices)", ORDERS / run.seconds)
	figures.report("invoices per second", run.invoices / run.seconds)
	figures.at_most("peak memory in MB", run.megabytes, MEGABYTES)
	figures.finish()


def write_scenario(file: Path, orders: int) -> None:
	"""Orders of as many customers; every month each of them uses something, and all are billed on the 1st."""
	with file.open("w") as out:
		out.writelines(lines(orders))


def lines(orders: int) -> Iterator[str]:
	yield HEAD
	yield "customers:\n"
	for number in range(orders):
		yield f'  - {{id: C{number}, taxes: [{{name: VAT, rate: "20"}}]}}\n'
	yield "orders:\n"
	for number in range(orders):
		line = f"{{id: L1, agent: Writer, plan: Pro, seats: {number % 7}}}"
		terms = f"customer: C{number}, billing_day: 1, start: 2026-01-01"
		yield f"  - {{id: O{number:05}, {terms}, lines: [{line}]}}\n"
	yield from events(orders)


def events(orders: int) -> Iterator[str]:
	yield "events:\n"
	for number in range(orders):
		yield f"  - {{at: 2026-01-01T00:00:01, do: activate, order: O{number:05}}}\n"
	for month in range(1, MONTHS + 1):
		yield f"  - {{at: 2026-{month:02}-01T02:00:00, do: bill}}\n"
		for number in range(orders):
			yield (
				f"  - {{at: 2026-{month:02}-15T10:00:00, do: usage, customer: C{number}, agent: Writer, "
				f"metric: tokens, quantity: {100 + number % 4000}, id: u{month}}}\n"
			)


def simulate(scenario: Path) -> Run:
	output = scenario.with_suffix(".json")
	command = [sys.executable, "-c", MEASURED, "simulate", str(scenario), "--json"]
	started = time.perf_counter()
	with output.open("w") as out:
		done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=True)
	seconds = time.perf_counter() - started
	with output.open() as result:
		invoices = len(json.load(result)["invoices"])
	return Run(seconds, int(done.stderr.split()[-1]) / 1024, invoices)


if __name__ == "__main__":
	main()
