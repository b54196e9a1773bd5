"""A dump of a fresh ERPNext site, kept in the user's cache: loading it is faster than installing anew."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from throwaway_site.bench import Bench
from throwaway_site.mariadb import MariaDB
from throwaway_site.processes import SiteError, say

FORMAT = "1"
KEPT = 4


@dataclass(frozen=True)
class Template:
	"""Where the dump for this code of Frappe and ERPNext and this MariaDB is, or would be."""

	path: Path

	def load_into(self, server: MariaDB, database: str) -> bool:
		"""True when the database now holds a fresh ERPNext site; False, and no template, when it doesn't."""
		if not self.path.exists():
			return False
		try:
			server.load(database, self.path)
		except (SiteError, OSError, EOFError) as error:
			say(f"the kept ERPNext site can't be loaded, installing anew: {error}")
			self.path.unlink(missing_ok=True)
			return False
		return True

	def save(self, server: MariaDB, database: str) -> None:
		"""Keeps the database for the next time; that it can't be kept is no reason to stop."""
		try:
			self.path.parent.mkdir(parents=True, exist_ok=True)
			server.dump(database, self.path)
			_forget_old(self.path.parent)
		except (SiteError, OSError) as error:
			say(f"the fresh ERPNext site is not kept for next time: {error}")


def template_of(bench: Bench, server: MariaDB) -> Template | None:
	"""The template for exactly this code; None when git can't tell what the code is."""
	revisions = bench.revisions()
	if revisions is None:
		return None
	identity = "\0".join([FORMAT, server.query("SELECT VERSION()"), *revisions])
	digest = hashlib.sha256(identity.encode()).hexdigest()[:20]
	return Template(_cache_folder() / f"erpnext-{digest}.sql.gz")


def _cache_folder() -> Path:
	return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "paygent_billing"


def _forget_old(folder: Path) -> None:
	dumps = sorted(folder.glob("erpnext-*.sql.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
	for path in dumps[KEPT:]:
		path.unlink(missing_ok=True)
