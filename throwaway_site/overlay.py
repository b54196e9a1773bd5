"""A bench folder of our own: apps and environment by links, its own sites, our app from this checkout."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from throwaway_site.bench import APPS, Bench
from throwaway_site.processes import SiteError, run_quietly

OUR_APP = "paygent_billing"


@dataclass(frozen=True)
class Overlay:
	"""The folder, the bench that it lies over, and where our code and its missing packages come from."""

	root: Path
	bench: Bench
	checkout: Path
	packages: Path

	@property
	def sites(self) -> Path:
		return self.root / "sites"

	def environment(self, site: str) -> dict[str, str]:
		"""For a process that works on the site: the overlay is its bench, and it writes no .pyc into apps."""
		inherited = {
			key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONHOME")
		}
		return {
			**inherited,
			"FRAPPE_BENCH_ROOT": str(self.root),
			"FRAPPE_SITE": site,
			"PATH": f"{self.bench.root / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}",
			"PYTHONPATH": os.pathsep.join([str(self.checkout), str(self.packages)]),
			"PYTHONDONTWRITEBYTECODE": "1",
		}

	def frappe(self, *arguments: str) -> list[str]:
		"""The command that `bench` would run here."""
		return [str(self.bench.python), "-m", "frappe.utils.bench_helper", "frappe", *arguments]


def lay(overlay: Overlay, addresses: dict[str, str]) -> None:
	"""Makes the folders, links and configuration that Frappe looks for in a bench."""
	for folder in ("apps", "config", "logs", "sites/assets"):
		(overlay.root / folder).mkdir(parents=True)
	for app in APPS:
		(overlay.root / "apps" / app).symlink_to(overlay.bench.root / "apps" / app)
	(overlay.root / "apps" / OUR_APP).symlink_to(overlay.checkout)
	(overlay.root / "env").symlink_to(overlay.bench.root / "env")
	(overlay.sites / "apps.txt").write_text("\n".join([*APPS, OUR_APP]) + "\n")
	(overlay.sites / "common_site_config.json").write_text(json.dumps(_config(overlay, addresses), indent=1))
	_lay_assets(overlay)


def check_origin(overlay: Overlay) -> None:
	"""Refuses to go on when paygent_billing would come from anywhere but this checkout."""
	command = [str(overlay.bench.python), "-c", f"import {OUR_APP}; print({OUR_APP}.__file__)"]
	output = run_quietly(command, f"Importing {OUR_APP}", cwd=overlay.sites, env=overlay.environment(""))
	origin = Path(output.strip()).resolve()
	if origin.parent != (overlay.checkout / OUR_APP).resolve():
		raise SiteError(f"{OUR_APP} is imported from {origin}, not from this checkout ({overlay.checkout}).")


def _config(overlay: Overlay, addresses: dict[str, str]) -> dict:
	"""The bench's configuration for our site; developer mode off, for with it Frappe writes into apps."""
	unwanted = ("default_site", "serve_default_site", "root_login", "root_password", "maintenance_mode")
	kept = {key: value for key, value in overlay.bench.config.items() if key not in unwanted}
	return {**kept, **addresses, "developer_mode": 0, "pause_scheduler": 1}


def _lay_assets(overlay: Overlay) -> None:
	"""Folders of built files by link; what Frappe may write anew (lists, translations) as a copy."""
	built = overlay.bench.root / "sites" / "assets"
	target = overlay.sites / "assets"
	for entry in built.iterdir() if built.exists() else ():
		if entry.name == OUR_APP:
			continue
		if entry.is_file():
			shutil.copy2(entry, target / entry.name)
		elif entry.name == "locale":
			shutil.copytree(entry, target / entry.name)
		else:
			(target / entry.name).symlink_to(entry.resolve())
	(target / OUR_APP).symlink_to(overlay.checkout / OUR_APP / "public")
