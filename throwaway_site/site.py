"""One site: made with ERPNext and paygent_billing on it, and dropped whatever happens."""

import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from throwaway_site.bench import Bench
from throwaway_site.mariadb import MariaDB, running_mariadb
from throwaway_site.overlay import OUR_APP, Overlay, check_origin, lay
from throwaway_site.packages import missing_packages
from throwaway_site.processes import run_quietly, say
from throwaway_site.redis import running_redis
from throwaway_site.template import template_of

FOLDERS = ("public/files", "private/files", "private/backups", "locks", "logs")
ADMIN_PASSWORD = "admin"


@dataclass(frozen=True)
class Site:
	"""A site on an overlay; its database and that database's user have one name."""

	name: str
	database: str
	password: str
	overlay: Overlay

	@property
	def folder(self) -> Path:
		return self.overlay.sites / self.name

	@property
	def environment(self) -> dict[str, str]:
		return self.overlay.environment(self.name)

	def frappe(self, *arguments: str) -> list[str]:
		return self.overlay.frappe("--site", self.name, *arguments)

	def run_frappe(self, doing: str, *arguments: str) -> None:
		run_quietly(self.frappe(*arguments), doing, cwd=self.overlay.sites, env=self.environment)


@contextmanager
def throwaway_site(bench: Bench, checkout: Path) -> Iterator[Site]:
	"""A site with ERPNext and this checkout's paygent_billing for the block; KEEP_SITE=1 leaves it."""
	server = running_mariadb(bench.config)
	packages = missing_packages(bench, checkout)
	root = Path(tempfile.mkdtemp(prefix="paygent-bench-"))
	with removed_at_the_end(root), running_redis(bench.config, root, stays=kept()) as addresses:
		overlay = Overlay(root, bench, checkout, packages)
		lay(overlay, addresses)
		check_origin(overlay)
		site = named_site(overlay)
		with dropped_at_the_end(site, server):
			fill(site, server)
			yield site


def kept() -> bool:
	return bool(os.environ.get("KEEP_SITE"))


def named_site(overlay: Overlay) -> Site:
	"""A site under a name that nothing else has; nothing of it exists yet."""
	number = secrets.token_hex(4)
	return Site(f"paygent-test-{number}.localhost", f"_paygent_test_{number}", secrets.token_hex(12), overlay)


def fill(site: Site, server: MariaDB) -> None:
	"""Makes the database, with ERPNext from the template when there is one, and installs our app."""
	say(f"making {site.name}")
	server.create(site.database, site.password)
	template = template_of(site.overlay.bench, server)
	if not (template and template.load_into(server, site.database)):
		_install_erpnext(site, server)
		if template:
			template.save(server, site.database)
	_write_config(site)
	say(f"installing {OUR_APP}")
	site.run_frappe(f"Installing {OUR_APP}", "install-app", OUR_APP)


def _install_erpnext(site: Site, server: MariaDB) -> None:
	"""Frappe's own `new-site`, in a database that we made: so it never needs the administrator's login."""
	say("installing Frappe and ERPNext, which takes some minutes the first time")
	server.drop(site.database)
	server.create(site.database, site.password)
	database = ("--no-setup-db", "--db-name", site.database, "--db-password", site.password)
	command = site.overlay.frappe("new-site", site.name, *database, "--admin-password", ADMIN_PASSWORD)
	run_quietly(
		[*command, "--install-app", "erpnext"],
		"Installing Frappe and ERPNext",
		cwd=site.overlay.sites,
		env=site.environment,
	)


def _write_config(site: Site) -> None:
	for folder in FOLDERS:
		(site.folder / folder).mkdir(parents=True, exist_ok=True)
	config = {
		"db_name": site.database,
		"db_password": site.password,
		"db_type": "mariadb",
		"admin_password": ADMIN_PASSWORD,
		"allow_tests": True,
	}
	(site.folder / "site_config.json").write_text(json.dumps(config, indent=1))


@contextmanager
def removed_at_the_end(folder: Path) -> Iterator[None]:
	try:
		yield
	finally:
		if not kept():
			shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def dropped_at_the_end(site: Site, server: MariaDB) -> Iterator[None]:
	"""Drops the database and its user, however the block ended; a second Ctrl-C does not stop that."""
	try:
		yield
	finally:
		for signal_number in (signal.SIGINT, signal.SIGTERM):
			signal.signal(signal_number, signal.SIG_IGN)
		if kept():
			say(f"kept: {site.name} in {site.overlay.sites}, database {site.database}; its Redis still runs")
		else:
			server.drop(site.database)
