"""Processes with many threads that spend the same wallets at the same time, and may be killed in the middle.

A guard can be taken away, to show that it is the one that keeps the balance: `no lock` reads the balance and
writes it back, `old snapshot` locks the wallet and then adds up what its transaction saw when it began.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import frappe

PROGRAM = "import sys; from paygent_billing.tests.spenders import run; run(*sys.argv[1:])"
AMOUNT = Decimal(10)


@dataclass(frozen=True)
class Work:
	"""What the threads of a process do: `operations` attempts each, on wallets chosen at random."""

	site: str
	wallets: tuple[str, ...]
	threads: int
	operations: int
	without: str = ""


class Spenders:
	"""A number of processes that do the same work."""

	def __init__(self, wallets: Sequence[str], *, threads: int, operations: int, without: str = "") -> None:
		self.work = Work(frappe.local.site, tuple(wallets), threads, operations, without)
		self.folder = Path(tempfile.mkdtemp())
		self.processes: list[subprocess.Popen] = []
		self.started = 0

	def start(self, count: int) -> Spenders:
		for _number in range(count):
			self.started += 1
			log = self.folder / f"{self.started}"
			self.processes.append(
				subprocess.Popen(
					[sys.executable, "-c", PROGRAM, json.dumps(vars(self.work)), str(log), str(self.started)],
					cwd=frappe.local.sites_path,
					stderr=subprocess.PIPE,
					text=True,
				)
			)
		return self

	def kill_one(self) -> None:
		"""Ends one of those that still run by SIGKILL, in whatever its threads are doing."""
		running = [process for process in self.processes if process.poll() is None]
		if running:
			os.kill(random.choice(running).pid, signal.SIGKILL)

	def running(self) -> int:
		return sum(process.poll() is None for process in self.processes)

	def wait(self) -> list[str]:
		"""What those that were not killed complained about, when all have ended."""
		errors = [process.communicate()[1] for process in self.processes]
		return [text for process, text in zip(self.processes, errors, strict=True) if process.returncode == 1]

	def attempts(self) -> tuple[int, int]:
		"""How many attempts were answered yes and no, as far as the processes wrote it down."""
		answers = "".join(path.read_text() for path in self.folder.iterdir())
		return answers.count("y"), answers.count("n")


def run(work: str, log: str, seed: str) -> None:
	"""The main of a process: its threads, each with a connection of its own."""
	values = Work(**json.loads(work))
	threads = [
		threading.Thread(target=_spend, args=(values, f"{log}-{number}", f"{seed} {number}"))
		for number in range(values.threads)
	]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()


def _spend(work: Work, log: str, seed: str) -> None:
	frappe.init(work.site)
	frappe.connect()
	frappe.set_user("Administrator")
	_take_away(work.without)
	chance = random.Random(seed)
	with open(log, "w", buffering=1) as answers:
		for number in range(work.operations):
			answers.write("y" if _attempt(chance.choice(work.wallets), f"{seed} {number}") else "n")
			if number % 50 == 49:
				answers.flush()
	frappe.destroy()


def _attempt(wallet: str, key: str) -> bool:
	"""One draw of 10.00, in a transaction of its own."""
	from paygent_billing.services.billing.retry import with_retry

	return with_retry(lambda: draw(wallet, AMOUNT, f"{key} {frappe.generate_hash(length=10)}"))


def draw(wallet: str, amount: Decimal, key: str) -> bool:
	"""Takes the amount from the wallet, or nothing when it does not hold that much."""
	from paygent_billing.core.wallet import draw as draw_from
	from paygent_billing.services.wallets.account import open_named, total_taken
	from paygent_billing.services.wallets.cause import Cause

	frappe.db.rollback()
	account = open_named(wallet)
	entries = draw_from(account.lots(), amount, used_from=date(2026, 1, 1))
	if total_taken(entries) != amount:
		frappe.db.rollback()
		return False
	account.post(entries, Cause(key, date(2026, 1, 1)))
	frappe.db.commit()
	return True


def _take_away(guard: str) -> None:
	"""Takes a guard away in this process."""
	if not guard:
		return
	from paygent_billing.services.wallets import account

	read = account._read

	def no_lock(condition: str, values: tuple[object, ...], lock: str = "") -> object:
		return read(condition, values, lock="")

	def old_snapshot(condition: str, values: tuple[object, ...], lock: str = "") -> object:
		frappe.db.sql("select count(*) from `tabPrepaid Wallet`")  # here the snapshot begins
		frappe.db.sql("select name from `tabPrepaid Wallet` where name = %s for update", values)
		return read(condition, values, lock="")

	account._read = {"no lock": no_lock, "old snapshot": old_snapshot}[guard]
	account.WalletAccount._write = _write_whatever_is_there


def _write_whatever_is_there(self: object, *, count_before: int) -> None:
	frappe.db.sql(
		"update `tabPrepaid Wallet` set available = %s, entry_count = %s, proof = %s where name = %s",
		(self.balance.available, self.count, self.proof, self.name),
	)
