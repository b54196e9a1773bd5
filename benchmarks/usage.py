"""Usage at volume: in process and over HTTP, through the index and without it, from files, from many writers.

ROWS (rows of the table whose month is added up, and lines of the imported file), EVENTS (distinct events that
eight writers send) and PROFILE=full choose the size.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.figures import Figures
from benchmarks.usage_parts import (
	NOW,
	events_of,
	fill_table,
	import_elsewhere,
	insert_documents,
	new_sender,
	post,
	record,
	sum_of,
)

NEEDS_SITE = True
FULL = os.environ.get("PROFILE") == "full"
ROWS = int(os.environ.get("ROWS", "5000000" if FULL else "500000"))
IMPORTED = min(ROWS, 1_000_000 if FULL else 100_000)
EVENTS = int(os.environ.get("EVENTS", "1000000" if FULL else "100000"))
WRITERS, BATCH = 8, 1000


def main() -> None:
	import frappe

	from paygent_billing.setup.tests import before_tests

	frappe.init(os.environ["FRAPPE_SITE"])
	frappe.connect()
	frappe.set_user("Administrator")
	before_tests()
	figures = Figures()
	for measure in (in_process, over_http, month, importing, writers):
		measure(figures)
	figures.finish()


def seconds(work: Callable[[], object]) -> float:
	begun = time.perf_counter()
	work()
	return time.perf_counter() - begun


def in_process(figures: Figures) -> None:
	"""Batches of 5,000 and single inserts in turns."""
	sender = new_sender()
	one, many = [], []
	record(events_of(sender, 100))
	for _turn in range(5):
		one.append(100 / seconds(lambda: insert_documents(sender, 100)))
		events = events_of(sender, 5000)
		many.append(5000 / seconds(lambda events=events: record(events)))
	figures.report("events/s in process, doc.insert()", median(one))
	figures.report("events/s in process, batches of 5,000", median(many))
	figures.at_least("a batch against doc.insert()", median(many) / median(one), 40)


def over_http(figures: Figures) -> None:
	from paygent_billing.services.usage.access import ROLE
	from paygent_billing.tests.web import WebSite, make_key

	sender, key = new_sender(), make_key(ROLE)
	one, many = [], []
	path = "/api/method/paygent_billing.api.usage."
	with WebSite() as site:
		post(site, path + "record_batch", {"events": events_of(sender, 10)}, key)
		for _turn in range(5):
			singles, batch = events_of(sender, 20), {"events": events_of(sender, 1000)}
			one.append(
				20 / seconds(lambda all=singles: [post(site, path + "record", item, key) for item in all])
			)
			many.append(1000 / seconds(lambda body=batch: post(site, path + "record_batch", body, key)))
	figures.report("events/s over HTTP, one a request", median(one))
	figures.report("events/s over HTTP, 1,000 a request", median(many))
	figures.at_least("1,000 a request against one", median(many) / median(one), 50)


def month(figures: Figures) -> None:
	"""One customer's sum of a month among ROWS rows of 1,000 customers, as rating asks for it."""
	customer = fill_table(ROWS)
	keyed = median(seconds(lambda: sum_of(customer, "")) for _turn in range(9))
	bare = median(
		seconds(
			lambda: sum_of(customer, "ignore index (usage_to_rate, usage_of_a_period, one_event_per_version)")
		)
		for _turn in range(3)
	)
	figures.report(f"ms for a month's sum through the index, {ROWS:,} rows", 1000 * keyed)
	figures.report(f"ms for a month's sum without it, {ROWS:,} rows", 1000 * bare)
	figures.at_least("a month's sum through the index against without", bare / keyed, 100)


def importing(figures: Figures) -> None:
	"""The memory that importing takes between its first tenth and its end, in a process of its own: what this
	one took before would hide it.
	"""
	sender = new_sender()
	with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
		for first in range(0, IMPORTED, 5000):
			lines = (json.dumps(event) for event in events_of(sender, min(5000, IMPORTED - first)))
			file.writelines(line + "\n" for line in lines)
		file.flush()
		took, megabytes = import_elsewhere(file.name)
	figures.report("events/s importing a file", IMPORTED / took)
	figures.at_most(f"MB more at the end of {IMPORTED:,} rows than after a tenth", megabytes, 20)


def writers(figures: Figures) -> None:
	"""30 % of what is sent is sent twice, by eight writers that are all killed three times."""
	import frappe

	from paygent_billing.tests.usage_writers import UsageWriters

	sender = new_sender()
	with tempfile.TemporaryDirectory() as folder:
		processes = UsageWriters(list(plans(sender, Path(folder))))
		begun = time.perf_counter()
		for delay in (3, 5, 7):
			processes.start()
			time.sleep(delay)
			processes.kill()
		processes.start()
		failed = sum(code != 0 for code in processes.wait())
		took = time.perf_counter() - begun
	frappe.db.rollback()
	stored = frappe.db.count("Usage Event", {"customer": sender.customer})
	counted = sum(events for _day, _quantity, events in sender.days())
	figures.report("events/s from eight writers with kills", EVENTS / took)
	figures.at_most("writers that failed", failed, 0)
	figures.at_most(f"events stored too many or too few of {EVENTS:,}", abs(stored - EVENTS), 0)
	figures.at_most("events counted by day too many or too few", abs(counted - EVENTS), 0)


def plans(sender, folder: Path):
	"""Each writer's share of the numbers, 30 % of all that is sent being the numbers of another writer."""
	chance = random.Random(1)
	own = [list(range(EVENTS))[number::WRITERS] for number in range(WRITERS)]
	for number in range(WRITERS):
		again = chance.sample(own[(number + 1) % WRITERS], int(len(own[number]) * 3 / 7))
		numbers = own[number] + again
		chance.shuffle(numbers)
		plan = {"now": NOW.isoformat(), "size": BATCH, "event": events_of(sender, 1)[0], "numbers": numbers}
		path = folder / f"{number}.json"
		path.write_text(json.dumps(plan))
		yield path
