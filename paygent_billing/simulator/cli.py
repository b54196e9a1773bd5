"""The `paygent-billing` command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from paygent_billing.scenarios import ScenarioError, Source
from paygent_billing.simulator import pages, tables
from paygent_billing.simulator.engine import Watcher
from paygent_billing.simulator.session import Session, simulate
from paygent_billing.simulator.store import TEMPORARY, WrongScenarioError

DEMO = Path(__file__).with_name("demo.yaml")

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_DB = click.option("--db", type=click.Path(dir_okay=False), help="Keep the simulation in this SQLite file.")


@click.group()
def main() -> None:
	"""Billing for AI agents, simulated: prices, orders and events become invoices."""


@main.command("simulate")
@_FILE
@_DB
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
	"--pages", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write HTML pages here."
)
def simulate_command(file: Path, db: str | None, as_json: bool, folder: Path | None) -> None:
	"""Run the scenario in FILE and show its invoices.

	With --db it can be stopped at any moment and run again: it goes on where it was.
	"""
	with _session(file, db) as session:
		if as_json:
			_print_json(session)
		else:
			tables.show(Console(), session)
		if folder:
			pages.write_pages(session, folder)


@main.command("demo")
@click.option(
	"--out",
	type=click.Path(file_okay=False, path_type=Path),
	default=Path("paygent-billing-demo"),
	show_default=True,
	help="Write the invoices' pages here.",
)
def demo_command(out: Path) -> None:
	"""Show two customers over one quarter, and what each line was computed from."""
	with _session(DEMO, None) as session:
		console = Console()
		tables.show(console, session)
		files = pages.write_pages(session, out)
		console.print(
			f"\n{len(files)} files are in {out}/. The scenario is {DEMO}", markup=False, soft_wrap=True
		)


@main.command("explain")
@_FILE
@_DB
@click.option("--invoice", "number", type=click.IntRange(1), required=True, help="The invoice's number.")
def explain_command(file: Path, db: str | None, number: int) -> None:
	"""Run the scenario in FILE and show what the lines of one invoice were computed from."""
	with _session(file, db) as session:
		invoice = session.store.one("SELECT * FROM invoice WHERE number = ?", number)
		if invoice is None:
			_refuse(f"{file}: there is no invoice {number}")
		tables.show_explained(Console(), session, invoice)


@contextmanager
def _session(file: Path, db: str | None) -> Iterator[Session]:
	try:
		with _progress() as watcher:
			session = simulate(Source.read(file), db or TEMPORARY, watcher)
	except (ScenarioError, WrongScenarioError) as error:
		_refuse(str(error))
	try:
		yield session
	finally:
		session.store.close()


def _refuse(message: str) -> Any:
	click.echo(message, err=True)
	sys.exit(2)


def _print_json(session: Session) -> None:
	for piece in session.report.json():
		sys.stdout.write(piece)


@contextmanager
def _progress() -> Iterator[Watcher]:
	"""Tells on stderr how far the simulation is, when somebody may be looking."""
	console = Console(stderr=True)
	columns = (
		TextColumn("{task.description}", markup=False),
		BarColumn(),
		MofNCompleteColumn(),
		TimeElapsedColumn(),
	)
	with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
		task = progress.add_task("events", total=None)
		yield Watcher(
			warn=lambda message: click.echo(f"Warning: {message}", err=True),
			moment_passed=lambda moments: progress.update(task, completed=moments, description="events"),
			order_billed=lambda order: progress.update(task, description=f"billing {order}"),
		)


if __name__ == "__main__":
	main()
