"""Usage from a file: CSV with a header, or JSON Lines. Reads and records piece by piece, in flat memory."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

import frappe
from frappe import _

from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.usage.batch import MAX_ITEMS, record_batch
from paygent_billing.services.usage.results import Refusal, Result, Status

FIELDS = ("id", "customer", "agent", "metric", "quantity", "occurred_at", "order")
PROPERTY = "properties."
NOT_TAKEN = (Status.REFUSED, Status.CONFLICT, Status.QUARANTINED)
MAX_LINE = 100_000

csv.field_size_limit(MAX_LINE)


@dataclass
class ImportReport:
	"""What came of the rows of a file: how many of each status, and where the report of the others is."""

	counts: Counter[str] = field(default_factory=Counter)

	@property
	def not_taken(self) -> int:
		return sum(self.counts[status.value] for status in NOT_TAKEN)

	def in_words(self) -> str:
		return ", ".join(f"{status.value}: {self.counts[status.value]}" for status in Status)


Progress = Callable[[int], None]


def import_usage(
	path: Path, report: IO[str], now: datetime, progress: Progress = lambda _bytes: None
) -> ImportReport:
	"""Records the file's events, 5,000 a transaction, and commits each: a run that was stopped is run again.

	`report` gets a CSV row for every event that was not taken, with its line number. `progress` is told how
	many bytes of the file are read. Refused whole when the file is neither CSV nor JSON Lines.
	"""
	found, writer = ImportReport(), csv.writer(report)
	writer.writerow(["line", "id", "status", "code", "reason"])
	with path.open("rb") as file:
		rows = _rows(file, path.suffix.lower())
		while batch := list(islice(rows, MAX_ITEMS)):
			for line, result in _record(batch, now):
				found.counts[result.status.value] += 1
				if result.status in NOT_TAKEN:
					writer.writerow([line, result.id, result.status.value, result.code, result.reason])
			progress(file.tell())
	return found


def _record(batch: list[tuple[int, object]], now: datetime) -> Iterator[tuple[int, Result]]:
	items = [item for _line, item in batch]
	frappe.db.rollback()
	results = with_retry(lambda: record_batch(items, now))
	frappe.db.commit()
	for (line, _item), result in zip(batch, results, strict=True):
		yield line, result


def _rows(file: IO[bytes], suffix: str) -> Iterator[tuple[int, object]]:
	"""The events with their line numbers; a line that cannot be read comes as its text, to be refused."""
	if suffix == ".csv":
		return _csv_rows(file)
	if suffix in (".jsonl", ".ndjson"):
		return _json_rows(file)
	raise Refusal("invalid", _("A file of usage ends in .csv or .jsonl."))


def _json_rows(file: IO[bytes]) -> Iterator[tuple[int, object]]:
	for number, line in enumerate(_lines(file), start=1):
		if line.strip():
			yield number, _json(line)


def _json(line: str) -> object:
	try:
		return json.loads(line, parse_float=Decimal)
	except (ValueError, RecursionError, ArithmeticError):
		return line


def _csv_rows(file: IO[bytes]) -> Iterator[tuple[int, object]]:
	"""Columns are the fields of an event; `properties.user` is the property `user`. Empty cells are left
	out.
	"""
	reader = csv.reader(_lines(file))
	header = next(reader, [])
	_check_header(header)
	while True:
		first = reader.line_num + 1
		try:
			cells = next(reader)
		except StopIteration:
			return
		except csv.Error:
			yield first, None
			continue
		if cells:
			yield first, _event(header, cells)


def _check_header(header: list[str]) -> None:
	unknown = [name for name in header if name not in FIELDS and not name.startswith(PROPERTY)]
	missing = [name for name in ("id", "customer", "agent", "metric", "occurred_at") if name not in header]
	if unknown or missing or len(set(header)) != len(header):
		raise Refusal(
			"invalid",
			_("The first line must name the columns {0}, and may name {1}.").format(
				"id, customer, agent, metric, occurred_at", "quantity, order, properties.NAME"
			),
		)


def _event(header: list[str], cells: list[str]) -> object:
	if len(cells) != len(header):
		return None
	given = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
	event: dict[str, Any] = {name: cell for name, cell in given.items() if not name.startswith(PROPERTY)}
	properties = {name[len(PROPERTY) :]: cell for name, cell in given.items() if name.startswith(PROPERTY)}
	return event | ({"properties": properties} if properties else {})


def _lines(file: IO[bytes]) -> Iterator[str]:
	"""The file's lines as text, each cut at a length that no event has, so that memory stays flat."""
	is_first = True
	while line := file.readline(MAX_LINE):
		rest = line
		while len(rest) == MAX_LINE and not rest.endswith(b"\n"):
			rest = file.readline(MAX_LINE)
		yield line.decode("utf-8-sig" if is_first else "utf-8", errors="surrogateescape")
		is_first = False
