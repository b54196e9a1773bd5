"""The command line: `python -m throwaway_site test ...` and `python -m throwaway_site run COMMAND...`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import throwaway_site
from throwaway_site.bench import Bench, named_bench
from throwaway_site.processes import SiteError, say
from throwaway_site.site import Site
from throwaway_site.site import throwaway_site as new_site
from throwaway_site.site_tests import run_site_tests, site_test_files

CHECKOUT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
	verb, *rest = arguments or ["help"]
	if verb not in ("test", "run") or (verb == "run" and not rest):
		print(throwaway_site.__doc__)
		return 0 if verb in ("help", "--help", "-h") else 2
	bench = named_bench()
	if bench.missing:
		return _without_a_bench(bench, site_test_files(CHECKOUT) if verb == "test" else [" ".join(rest)])
	try:
		with new_site(bench, CHECKOUT) as site:
			return run_site_tests(site, rest) if verb == "test" else run_command(site, rest)
	except SiteError as error:
		say(str(error))
		return 1


def run_command(site: Site, command: list[str]) -> int:
	"""Runs it in the folder of sites, the bench's python first on the PATH; FRAPPE_SITE names the site."""
	say(f"running {' '.join(command)}")
	return subprocess.run(command, cwd=site.overlay.sites, env=site.environment).returncode


def _without_a_bench(bench: Bench, not_run: list[str]) -> int:
	"""Names what was not run, why, and how to have it run. A failure only where a bench is required."""
	required = os.environ.get("REQUIRE_BENCH") == "1"
	print(f"\nNot run, for they need a site with ERPNext ({len(not_run)}):")
	print("\n".join(f"  {name}" for name in not_run))
	print(f"Why: there is no bench at {bench.root} (it lacks {', '.join(bench.missing)}).")
	print("To run them: BENCH=<folder of a bench with Frappe and ERPNext 15 or 16> make test")
	print("REQUIRE_BENCH=1 " + ("is set, so this is a failure." if required else "makes this a failure."))
	return int(required)


def _terminated(_signal: int, _frame: object) -> None:
	raise SystemExit(143)


if __name__ == "__main__":
	signal.signal(signal.SIGTERM, _terminated)
	signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start without it
	try:
		sys.exit(main(sys.argv[1:]))
	except KeyboardInterrupt:
		sys.exit(130)
