"""Real processes that send the same events at the same time, and may be killed in whatever they are doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import frappe

#: Each process sends its list of event numbers, a batch a transaction, and notes each batch that is done.
PROGRAM = """
import json, os, random, sys, time
import frappe
site, start, ready, plan, done = sys.argv[1:6]
frappe.init(site)
frappe.connect()
frappe.set_user("Administrator")
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.usage.batch import record_batch
plan = json.load(open(plan))
first = int(open(done).read() or 0) if os.path.exists(done) else 0
open(ready, "w").close()
while not os.path.exists(start):
	time.sleep(0.002)
now, size, event = clock.parse(plan["now"]), plan["size"], plan["event"]
for position in range(first, len(plan["numbers"]), size):
	batch = [{**event, "id": f"n-{number}"} for number in plan["numbers"][position : position + size]]
	results = with_retry(lambda: record_batch(batch, now))
	frappe.db.commit()
	if {result.status.value for result in results} - {"accepted", "duplicate"}:
		sys.exit(3)
	with open(done + ".new", "w") as file:
		file.write(str(position + size))
	os.replace(done + ".new", done)
"""


class UsageWriters:
	"""As many processes as there are plans, each a JSON file with `now`, `size`, `event` and `numbers`."""

	def __init__(self, plans: list[Path]) -> None:
		self.folder = Path(tempfile.mkdtemp())
		self.plans = plans
		self.processes: list[subprocess.Popen] = []

	def start(self) -> UsageWriters:
		"""Starts them; each goes on behind the last batch that it is known to have finished."""
		self.processes = [
			subprocess.Popen(
				[
					*(sys.executable, "-c", PROGRAM, frappe.local.site, str(self.folder / "start")),
					*(
						str(self.folder / f"ready-{plan.stem}"),
						str(plan),
						str(self.folder / f"done-{plan.stem}"),
					),
				],
				cwd=frappe.local.sites_path,
				stdout=subprocess.DEVNULL,
				stderr=subprocess.PIPE,
				text=True,
			)
			for plan in self.plans
		]
		(self.folder / "start").touch()
		return self

	def wait(self) -> list[int]:
		"""Their exit codes."""
		for process in self.processes:
			process.communicate(timeout=3600)
		return [process.returncode for process in self.processes]

	def kill(self) -> None:
		for process in self.processes:
			if process.poll() is None:
				os.kill(process.pid, signal.SIGKILL)
		self.wait()
