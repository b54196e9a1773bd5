"""`bench --site SITE paygent-billing run | replay | verify | ...`: billing on the command line."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, time, timezone
from pathlib import Path
from typing import IO

import click
import frappe
from frappe.commands import get_site, pass_context


@click.group("paygent-billing")
def paygent_billing() -> None:
	"""Billing for AI agents."""


@paygent_billing.command("run")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Bill as if it were the end of this day.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@pass_context
def run(context: object, as_of: datetime | None, as_json: bool) -> None:
	"""Bills all orders that are due, here and now. Exits with 1 when an order failed."""
	with _on_site(context):
		from paygent_billing.services import clock
		from paygent_billing.services.billing.outcome import State
		from paygent_billing.services.billing.run import bill_all

		moment = _end_of(as_of) if as_of else clock.now()
		report = bill_all(moment)
		figures = report.figures()
		if as_json:
			click.echo(json.dumps(figures))
		else:
			click.echo(", ".join(f"{name}: {number}" for name, number in figures.items()))
		for outcome in report.outcomes:
			if outcome.state is not State.BILLED:
				click.secho(f"{outcome.order} {outcome.state.value}: {outcome.reason}", fg="red", err=True)
		sys.exit(1 if figures["failed"] else 0)


@paygent_billing.command("replay")
@click.argument("file", callback=lambda _context, _parameter, value: _existing_file(value))
@click.option("--json", "as_json", is_flag=True, help="Print the invoices as JSON, as the simulator does.")
@pass_context
def replay(context: object, file: str, as_json: bool) -> None:
	"""Runs a scenario file on real documents of this site. Exits with 2 when the file is refused."""
	with _on_site(context):
		from paygent_billing.scenarios import ScenarioError, load_scenario
		from paygent_billing.services.replay.replay import replay_scenario

		try:
			scenario = load_scenario(file)
		except ScenarioError as error:
			click.secho(str(error), fg="red", err=True)
			sys.exit(2)
		replayed = replay_scenario(scenario)
		if as_json:
			click.echo(json.dumps(replayed.report, indent=1))
			return
		for invoice, name in zip(replayed.report["invoices"], replayed.world.invoices, strict=True):
			click.echo(
				"  ".join([name, *(invoice[key] for key in ("issue_date", "customer", "total", "status"))])
			)


@paygent_billing.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@pass_context
def verify(context: object, as_json: bool) -> None:
	"""Compares every wallet with its entries and with the ledger. Exits with 1 when something is wrong."""
	with _on_site(context):
		from paygent_billing.services.wallets.verify import verify_wallets

		checks = verify_wallets()
		if as_json:
			click.echo(json.dumps([check.as_json() for check in checks], indent=1))
		else:
			for check in checks:
				click.secho(check.in_words(), fg=None if check.is_right else "red")
			click.echo(f"wallets: {len(checks)}, wrong: {sum(not check.is_right for check in checks)}")
		sys.exit(0 if all(check.is_right for check in checks) else 1)


@paygent_billing.command("demo")
@pass_context
def demo(context: object) -> None:
	"""Fills the site with a demo company's customers, agents, plans, orders and three months of invoices."""
	with _on_site(context):
		from paygent_billing.setup.demo import make_demo

		for line in make_demo():
			click.echo(line)


@paygent_billing.command("import-usage")
@click.argument("file", callback=lambda _context, _parameter, value: _existing_file(value))
@click.option(
	"--report", type=click.File("w"), default="-", help="Where the rows that are not taken go; else here."
)
@pass_context
def import_usage_file(context: object, file: str, report: IO[str]) -> None:
	"""Records the usage of a CSV or JSON Lines file. Safe to run twice. Exits with 1 when a row is not taken.

	Prints a CSV of the rows that were not taken, with their line numbers; progress and totals go to stderr.
	"""
	with _on_site(context):
		from paygent_billing.services import clock
		from paygent_billing.services.usage.import_file import import_usage
		from paygent_billing.services.usage.results import Refusal

		path, read = Path(file), 0
		with click.progressbar(length=path.stat().st_size, label="Importing", file=sys.stderr) as bar:

			def show(position: int) -> None:
				nonlocal read
				bar.update(position - read)
				read = position

			try:
				found = import_usage(path, report, clock.now(), show)
			except Refusal as refusal:
				click.secho(f"\n{refusal.reason}", fg="red", err=True)
				sys.exit(2)
		click.echo(found.in_words(), err=True)
		sys.exit(1 if found.not_taken else 0)


@paygent_billing.command("usage-key")
@click.argument("email")
@pass_context
def usage_key(context: object, email: str) -> None:
	"""Makes a user that can only send usage, and prints its new key, which cannot be shown again."""
	with _on_site(context):
		from paygent_billing.services.usage.access import make_key

		click.echo(make_key(email))
		frappe.db.commit()


@paygent_billing.command("rebuild-usage-days")
@pass_context
def rebuild_usage_days(context: object) -> None:
	"""Counts the daily roll-up of usage anew from the events, but for days that are archived."""
	with _on_site(context):
		from paygent_billing.services.usage.days import rebuild_days

		click.echo(f"{rebuild_days()} days")
		frappe.db.commit()


@paygent_billing.command("usage-of-line")
@click.argument("invoice")
@click.argument("row")
@pass_context
def usage_of_line(context: object, invoice: str, row: str) -> None:
	"""Prints the events that line ROW (its number or name) of INVOICE was billed from, as JSON Lines.

	The SHA-256 of what is printed is the one that stands on the line.
	"""
	with _on_site(context):
		from paygent_billing.services.usage.billed_line import line_of
		from paygent_billing.services.usage.evidence import export_of

		try:
			line = line_of(invoice, row)
		except frappe.ValidationError as error:
			click.secho(str(error), fg="red", err=True)
			sys.exit(2)
		for text in export_of(line):
			sys.stdout.write(text)


@paygent_billing.command("check-usage")
@click.argument("invoice", required=False)
@pass_context
def check_usage(context: object, invoice: str | None) -> None:
	"""Checks that the usage lines of INVOICE, or of all invoices, still rest on the events that they were
	billed from. Prints the lines that do not, and exits with 1 when there are any.
	"""
	with _on_site(context):
		from paygent_billing.services.usage.billed_line import invoices_with_usage
		from paygent_billing.services.usage.check_evidence import check_invoices

		checked = differ = 0
		for check in check_invoices([invoice] if invoice else invoices_with_usage()):
			checked += 1
			differ += not check.is_equal
			if not check.is_equal:
				click.secho(check.in_words(), fg="red")
		click.echo(f"lines checked: {checked}, equal: {checked - differ}, different: {differ}", err=True)
		sys.exit(1 if differ else 0)


class _on_site:
	"""The site that the command names, as Administrator; what is not committed is rolled back on an error."""

	def __init__(self, context: object) -> None:
		self.site = get_site(context)

	def __enter__(self) -> None:
		frappe.init(self.site)
		frappe.connect()
		frappe.set_user("Administrator")

	def __exit__(self, *error: object) -> None:
		frappe.destroy()


def _existing_file(name: str) -> str:
	"""The file, also when its path counts from where bench was called: bench itself works in `sites`."""
	for folder in (Path.cwd(), Path(os.environ.get("PWD", "."))):
		if (folder / name).is_file():
			return str(folder / name)
	raise click.BadParameter(f"There is no file {name}.")


def _end_of(day: datetime) -> datetime:
	"""The last moment of the day in the site's time zone."""
	from paygent_billing.services.clock import zone_of

	local = datetime.combine(day.date(), time(23, 59, 59), tzinfo=zone_of(None))
	return local.astimezone(timezone.utc)


commands = [paygent_billing]
