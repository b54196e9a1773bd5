"""Real processes that do the same to invoices at the same time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import frappe

#: What each process runs: it connects, says that it is ready, waits for the start, and acts.
PROGRAM = """
import os, sys, time
from datetime import date
import frappe
site, start, ready, action = sys.argv[1:5]
frappe.init(site)
frappe.connect()
frappe.set_user("Administrator")
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.rebill import rebill_invoice
ACTIONS = {
	"open": open_invoice,
	"rebill": lambda invoice: rebill_invoice(invoice, on=date(2026, 2, 20)),
}

def act(invoice):
	name = ACTIONS[action](invoice)
	frappe.db.commit()
	return name

open(ready, "w").close()
while not os.path.exists(start):
	time.sleep(0.002)
for invoice in sys.argv[5:]:
	try:
		print("done", with_retry(lambda: act(invoice)))
	except frappe.ValidationError as error:
		print("refused", error)
"""


class Issuers:
	"""A process for each share of the invoices; they wait for each other and then act at once."""

	def __init__(self, action: str, shares: Sequence[Sequence[str]]) -> None:
		self.folder = Path(tempfile.mkdtemp())
		self.processes = [self._start(action, share, number) for number, share in enumerate(shares)]

	def _start(self, action: str, invoices: Sequence[str], number: int) -> subprocess.Popen:
		ready = str(self.folder / f"ready-{number}")
		return subprocess.Popen(
			[
				sys.executable,
				"-c",
				PROGRAM,
				frappe.local.site,
				str(self.folder / "start"),
				ready,
				action,
				*invoices,
			],
			cwd=frappe.local.sites_path,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)

	def run(self) -> list[str]:
		"""Lets all of them go once each is connected, and returns what they printed."""
		deadline = time.monotonic() + 240
		while len(list(self.folder.glob("ready-*"))) < len(self.processes):
			if time.monotonic() > deadline or any(process.poll() for process in self.processes):
				raise RuntimeError([process.communicate()[1] for process in self.processes if process.poll()])
			time.sleep(0.01)
		(self.folder / "start").touch()
		return [line for process in self.processes for line in self._answer(process)]

	def _answer(self, process: subprocess.Popen) -> list[str]:
		said, trouble = process.communicate(timeout=240)
		if process.returncode:
			raise RuntimeError(trouble)
		return said.splitlines()
