"""Usage events that were archived, read back from their compressed files."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import frappe

from paygent_billing.services.usage.billed_line import BilledLine
from paygent_billing.services.usage.written_file import private_path


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
	"""The archived versions in the line's stretch, sorted on the disk. OSError or ValueError when a file is
	gone or is not whole.
	"""
	files = _files(line)
	return _sorted(line, files) if files else iter(())


def _files(line: BilledLine) -> list[Path]:
	"""The files that may hold usage of the line, found by the names of today: those inside may be older."""
	filters = [
		["billing_order", "=", line.order],
		["ai_agent", "=", line.agent],
		["metric", "=", line.metric],
		["first_ms", "<", line.end_ms],
		["last_ms", ">=", line.begin_ms],
	]
	return [private_path(name) for name in frappe.get_all("Usage Archive", filters, pluck="file_name")]


def _sorted(line: BilledLine, files: list[Path]) -> Iterator[Version]:
	columns = ", ".join(Version._fields)
	with closing(sqlite3.connect("")) as disk:  # a file of its own that is gone with the connection
		disk.execute(f"create table version ({columns})")
		marks = ", ".join("?" * len(Version._fields))
		for file in files:
			disk.executemany(f"insert into version values ({marks})", _read(line, file))
		query = f"select {columns} from version order by occurred_ms, event_id, sequence"
		yield from map(Version._make, disk.execute(query))


def _read(line: BilledLine, file: Path) -> Iterator[Version]:
	with gzip.open(file, "rt", encoding="utf-8") as rows:
		for row in map(json.loads, rows):
			if row["billing_period"] and line.begin_ms <= row["occurred_ms"] < line.end_ms:
				yield Version(*(row[field] for field in Version._fields))
