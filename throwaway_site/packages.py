"""What paygent_billing imports and the bench's environment lacks, beside the bench rather than in it."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from throwaway_site.bench import Bench
from throwaway_site.processes import run_quietly, say

LIST_PACKAGES = """
from importlib.metadata import distributions
found = {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}
print("\\n".join(sorted(f"{name}=={version}" for name, version in found.items())))
"""


def missing_packages(bench: Bench, checkout: Path) -> Path:
	"""A folder for the PYTHONPATH with only what the environment lacks: it hides nothing of the bench's."""
	installed = run_quietly([str(bench.python), "-IB", "-c", LIST_PACKAGES], "Listing the bench's packages")
	key = _digest(installed, (checkout / "pyproject.toml").read_text())
	folder = checkout / ".venv-site" / _digest(str(bench.root))[:12]
	stamp = folder / ".complete"
	if not (stamp.exists() and stamp.read_text() == key):
		shutil.rmtree(folder, ignore_errors=True)
		folder.mkdir(parents=True)
		_install(bench, _to_install(bench, checkout, installed), folder)
		stamp.write_text(key)
	return folder


def _to_install(bench: Bench, checkout: Path, installed: str) -> list[str]:
	"""What pip would add; every package that the bench has keeps its version, or pip refuses."""
	with tempfile.TemporaryDirectory() as folder:
		constraints, report = Path(folder) / "constraints.txt", Path(folder) / "report.json"
		constraints.write_text(without(installed, "paygent_billing"))
		run_quietly(
			[
				*_pip(bench),
				*("--dry-run", "--report", str(report), "--constraint", str(constraints)),
				f"{checkout}[site]",
			],
			"Finding the packages that the bench lacks",
		)
		return named_in(json.loads(report.read_text()))


def _install(bench: Bench, packages: list[str], folder: Path) -> None:
	if packages:
		say(f"the bench lacks {', '.join(packages)}: installing beside it")
		command = [*_pip(bench), "--no-deps", "--target", str(folder), *packages]
		run_quietly(command, "Installing packages")


def _pip(bench: Bench) -> list[str]:
	return [str(bench.python), "-B", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]


def without(installed: str, name: str) -> str:
	"""The lines of `installed` (name==version) but for the named package, however its name is written."""
	spelled = name.replace("_", "-")
	lines = installed.splitlines()
	return "\n".join(line for line in lines if line.split("==")[0].lower().replace("_", "-") != spelled)


def named_in(report: dict) -> list[str]:
	"""The packages in pip's report, pinned; without our own, which comes from the checkout."""
	found = [item["metadata"] for item in report["install"]]
	return without(
		"\n".join(f"{one['name']}=={one['version']}" for one in found), "paygent_billing"
	).splitlines()


def _digest(*parts: str) -> str:
	return hashlib.sha256("\0".join(parts).encode()).hexdigest()
