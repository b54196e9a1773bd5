"""What the benchmark of usage sends, fills and asks."""

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone

NOW = datetime.now(timezone.utc)
MONTH = 30 * 86_400_000

#: Imports a file and prints the seconds that it took, and by how many MB the process grew after a tenth.
IMPORT = """
import resource, sys, time
from io import StringIO
from pathlib import Path
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
from paygent_billing.services.clock import now
from paygent_billing.services.usage.import_file import import_usage
path, peaks = Path(sys.argv[2]), []

def progress(read):
	if read >= path.stat().st_size / 10:
		peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

begun = time.perf_counter()
found = import_usage(path, StringIO(), now(), progress)
assert not found.not_taken, found.in_words()
print(time.perf_counter() - begun, peaks[-1] - peaks[0])
"""


def new_sender():
	from paygent_billing.tests.usage import make_sender

	return make_sender()


def events_of(sender, count: int) -> list[dict]:
	import frappe

	mark, moment = frappe.generate_hash(length=8), (NOW - timedelta(hours=1)).isoformat()
	return [
		sender.event(id=f"{mark}-{number}", occurred_at=moment, properties={"user": f"u{number % 50}"})
		for number in range(count)
	]


def record(events: list[dict]) -> None:
	import frappe

	from paygent_billing.services.usage.batch import record_batch

	results = record_batch(events, NOW)
	frappe.db.commit()
	expect({result.status.value for result in results} == {"accepted"}, "every event is accepted")


def insert_documents(sender, count: int) -> None:
	import frappe

	for event in events_of(sender, count):
		document = frappe.new_doc("Usage Event")
		document.update({"event_id": event["id"], "customer": sender.customer, "ai_agent": sender.agent})
		document.update({"metric": sender.metric, "quantity": 1, "occurred_at": event["occurred_at"]})
		document.properties = frappe.as_json(event["properties"])
		document.insert()
	frappe.db.commit()


def post(site, path: str, body: object, key: str) -> None:
	status, text = site.post(path, body, key)
	expect(status == 200, text[:300])


def import_elsewhere(path: str) -> tuple[float, float]:
	"""Imports the file in a process of its own. Returns the seconds, and the MB by which it grew."""
	command = [sys.executable, "-c", IMPORT, os.environ["FRAPPE_SITE"], path]
	took, megabytes = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.split()[
		-2:
	]
	return float(took), float(megabytes)


def expect(holds: bool, what: str) -> None:
	if not holds:
		raise RuntimeError(what)


def fill_table(size: int) -> str:
	"""So many rows of 1,000 customers over a year, made by the database; returns one of the customers."""
	import frappe

	begin = int(NOW.timestamp() * 1000) - 365 * 86_400_000
	for first in range(0, size, 100_000):
		count = min(100_000, size - first)
		frappe.db.sql(
			"insert into `tabUsage Event` (name, creation, modified, customer, event_id, ai_agent, metric,"
			" quantity, occurred_ms, usage_day, standing, sequence)"
			" select nextval(usage_event_id_seq), now(), now(),"
			" concat('volume-', (seq * 7919) %% 1000), concat('v-', seq), 'Volume Agent', 'volume', 1.5,"
			f" {begin} + (seq * 104729) %% (365 * 86400000), '2026-01-01', 1, 0"
			f" from seq_{first + 1}_to_{first + count}",
			(),
		)
		frappe.db.commit()
	frappe.db.sql_ddl("analyze table `tabUsage Event`")
	return "volume-42"


def sum_of(customer: str, hint: str) -> object:
	import frappe

	end = int(NOW.timestamp() * 1000)
	return frappe.db.sql(
		f"select cast(sum(quantity) as char) from `tabUsage Event` {hint} where customer = %s"
		" and ai_agent = %s and metric = %s and occurred_ms >= %s and occurred_ms < %s and standing = 1"
		" and billing_period is null"
		" and (billing_order is null or billing_order = 'ORD-1')",
		(customer, "Volume Agent", "volume", end - MONTH, end),
	)
