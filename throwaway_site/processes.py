"""Runs other programs and says so when they fail."""

import subprocess
from collections.abc import Sequence


class SiteError(Exception):
	"""What stands between us and a site, and what to do about it, in words for a person."""


def say(text: str) -> None:
	print(f"[site] {text}", flush=True)


def run_quietly(command: Sequence[str], doing: str, **options) -> str:
	"""The command's output; when it fails, a SiteError with what it printed last."""
	done = subprocess.run(
		command,
		stdin=options.pop("stdin", subprocess.DEVNULL),
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		errors="replace",
		**options,
	)
	if done.returncode:
		raise SiteError(
			f"{doing} failed (exit code {done.returncode}). It printed last:\n{done.stdout[-6000:]}"
		)
	return done.stdout
