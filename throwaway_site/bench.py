"""Finds the bench and says what is in it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

APPS = ("frappe", "erpnext")
PARTS = ("apps/frappe", "apps/erpnext", "env/bin/python", "sites")


@dataclass(frozen=True)
class Bench:
	"""A bench with Frappe and ERPNext; we read it and never write to it."""

	root: Path

	@property
	def missing(self) -> list[str]:
		"""The parts without which this is no bench for us; empty when all are there."""
		return [part for part in PARTS if not (self.root / part).exists()]

	@property
	def python(self) -> Path:
		return self.root / "env" / "bin" / "python"

	@property
	def config(self) -> dict:
		"""What sites/common_site_config.json says."""
		path = self.root / "sites" / "common_site_config.json"
		return json.loads(path.read_text()) if path.exists() else {}

	def revisions(self) -> list[str] | None:
		"""What identifies the code of Frappe and ERPNext, local edits included; None when git can't tell."""
		found = [_revision(self.root / "apps" / app) for app in APPS]
		return None if None in found else found


def named_bench() -> Bench:
	"""The bench that BENCH names, else ~/frappe-bench; whether it is one, `missing` says."""
	return Bench(Path(os.environ.get("BENCH") or "~/frappe-bench").expanduser().absolute())


def _revision(app: Path) -> str | None:
	outputs = [_git(app, "rev-parse", "HEAD"), _git(app, "diff", "HEAD")]
	return None if None in outputs else "\n".join(outputs)


def _git(folder: Path, *arguments: str) -> str | None:
	environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
	command = ["git", "-C", str(folder), *arguments]
	try:
		done = subprocess.run(command, capture_output=True, env=environment, errors="replace")
	except FileNotFoundError:
		return None
	return done.stdout if done.returncode == 0 else None
