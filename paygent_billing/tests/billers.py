"""Real processes that bill the same orders at the same time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import frappe

#: What each process runs: it connects, says that it is ready, waits for the start, and bills.
PROGRAM = """
import json, os, sys, time
import frappe
site, start, ready, moment, orders = sys.argv[1:6]
frappe.init(site)
frappe.connect()
frappe.set_user("Administrator")
from datetime import datetime
from paygent_billing.core.money import Rounding
from paygent_billing.services.billing.run import bill_each
open(ready, "w").close()
while not os.path.exists(start):
	time.sleep(0.002)
for outcome in bill_each(json.loads(orders), datetime.fromisoformat(moment)):
	print(outcome.order, outcome.state.value, len(outcome.invoices), outcome.reason, flush=True)
"""


class Billers:
	"""A number of processes that wait for each other and then bill the same orders."""

	program = PROGRAM

	def __init__(self, orders: Sequence[str], moment: str, *, count: int) -> None:
		self.folder = Path(tempfile.mkdtemp())
		arguments = [frappe.local.site, str(self.folder / "start")]
		self.processes = [
			subprocess.Popen(
				[
					sys.executable,
					"-c",
					self.program,
					*arguments,
					str(self.folder / f"ready-{number}"),
					moment,
					json.dumps(list(orders)),
				],
				cwd=frappe.local.sites_path,
				stdout=subprocess.PIPE,
				stderr=subprocess.PIPE,
				text=True,
			)
			for number in range(count)
		]

	def start(self) -> Billers:
		"""Lets all of them go once each is connected."""
		deadline = time.monotonic() + 120
		while len(list(self.folder.glob("ready-*"))) < len(self.processes):
			if time.monotonic() > deadline or any(process.poll() for process in self.processes):
				raise RuntimeError([process.communicate()[1] for process in self.processes if process.poll()])
			time.sleep(0.01)
		(self.folder / "start").touch()
		return self

	def wait(self) -> list[str]:
		"""What they printed, when all have ended."""
		return [process.communicate(timeout=240)[0] for process in self.processes]

	def kill(self) -> None:
		"""Ends all of them by SIGKILL, in whatever they are doing."""
		for process in self.processes:
			os.kill(process.pid, signal.SIGKILL)
		self.wait()
