"""Usage events that were archived, read back from their compressed files."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import frappe

from paygent_billing.services.numbers import day
from paygent_billing.services.usage.billed_line import BilledLine


class Version(NamedTuple):
	"""One version of an event that was claimed for an invoice. Versions sort by time, then id, then age."""

	occurred_ms: int
	event_id: str
	sequence: int
	quantity: str
	properties: str | None
	is_void: int
	billing_period: str


def archived_versions(line: BilledLine) -> Iterator[Version]:
	"""The archived versions in the line's stretch, sorted on the disk; nothing is read for a stretch that no
	archive reaches. OSError or ValueError when a file is gone or is not whole.
	"""
	before = day(frappe.db.get_single_value("Paygent Settings", "usage_archived_before"))
	return _sorted(line, _files(line.order)) if before and line.first_day < before else iter(())


def _sorted(line: BilledLine, files: list[str]) -> Iterator[Version]:
	columns = ", ".join(Version._fields)
	with closing(sqlite3.connect("")) as disk:  # a file of its own that is gone with the connection
		disk.execute(f"create table version ({columns})")
		marks = ", ".join("?" * len(Version._fields))
		for file in files:
			disk.executemany(f"insert into version values ({marks})", _read(line, file))
		query = f"select {columns} from version order by occurred_ms, event_id, sequence"
		yield from map(Version._make, disk.execute(query))


def _files(order: str) -> list[str]:
	filters = {
		"attached_to_doctype": "Billing Order",
		"attached_to_name": order,
		"file_name": ["like", "usage-%.gz"],
	}
	urls = frappe.get_all("File", filters, pluck="file_url", order_by="creation asc")
	return [frappe.get_site_path(url.lstrip("/")) for url in urls]


def _read(line: BilledLine, file: str) -> Iterator[Version]:
	with gzip.open(file, "rt", encoding="utf-8") as rows:
		for row in map(json.loads, rows):
			if row["billing_period"] and _is_of(line, row):
				yield Version(*(row[field] for field in Version._fields))


def _is_of(line: BilledLine, row: dict) -> bool:
	named = row["customer"], row["ai_agent"], row["metric"]
	is_in_stretch = line.begin_ms <= row["occurred_ms"] < line.end_ms
	return is_in_stretch and named == (line.customer, line.agent, line.metric)
