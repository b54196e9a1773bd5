"""The table of usage events: its keys, and reading and writing many rows in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

ROWS_PER_STATEMENT = 1000
COUNTS, TAKES_BACK, NOTHING = 1, 2, 0

#: Rating adds up from this key alone: all that its conditions ask for is in it.
RATING = (
	"customer, ai_agent, metric, occurred_ms, standing, quantity, billing_period, billing_order",
	"usage_to_rate",
)
#: Finds what no invoice holds yet, and the events of an invoice.
BILLED = "customer, billing_period, ai_agent, occurred_ms, standing", "usage_of_a_period"


class StoredRow(NamedTuple):
	"""A row to store; the order of the fields is that of the columns in `INSERT`."""

	customer: str
	event_id: str
	ai_agent: str
	metric: str
	quantity: Decimal
	billing_order: str | None
	occurred_at: datetime
	occurred_ms: int
	usage_day: date
	properties: str | None
	content_hash: str
	sequence: int = 0
	corrects: int | None = None
	is_void: int = 0
	standing: int = COUNTS


class KnownEvent(NamedTuple):
	"""The first version of an event that is recorded, or was and is archived."""

	name: int | None
	content_hash: str | None


Key = tuple[str, str]

#: The columns as the database reads them from the JSON of a batch: one text to send instead of many values.
_TEXT = "varchar(140) character set utf8mb4 collate utf8mb4_unicode_ci"
_TYPES = {
	"event_id": "varchar(140) character set utf8mb4 collate utf8mb4_nopad_bin",
	"quantity": "decimal(21,9)",
	"occurred_at": "datetime(6)",
	"occurred_ms": "bigint",
	"usage_day": "date",
	"properties": "longtext character set utf8mb4 collate utf8mb4_nopad_bin",
	"sequence": "int",
	"corrects": "bigint",
	"is_void": "int",
	"standing": "int",
}
_COLUMNS = ", ".join(StoredRow._fields)
_PATHS = ", ".join(
	f"{field} {_TYPES.get(field, _TEXT)} path '$[{number}]'"
	for number, field in enumerate(StoredRow._fields, start=1)
)
INSERT = (
	f"insert ignore into `tabUsage Event` (name, creation, modified, owner, modified_by, {_COLUMNS})"
	f" select sent.name, %s, %s, %s, %s, {', '.join('sent.' + field for field in StoredRow._fields)}"
	f" from json_table(%s, '$[*]' columns (name bigint path '$[0]', {_PATHS})) sent"
)


def content_hash(content: Iterable[str | None]) -> str:
	"""What two events with one id must share to be the same event."""
	text = "\x1f".join(part or "" for part in content)
	return blake2b(text.encode(), digest_size=16).hexdigest()


def insert_new(rows: Sequence[StoredRow]) -> set[Key]:
	"""Stores the rows whose customer, id and sequence are free. Returns the keys of those that were not.

	Rows go in by their key, so that two writers of the same ids wait for each other and do not deadlock.
	"""
	taken: set[Key] = set()
	ordered = sorted(rows, key=lambda row: (row.customer, row.event_id))
	for first in range(0, len(ordered), ROWS_PER_STATEMENT):
		taken |= _insert(ordered[first : first + ROWS_PER_STATEMENT])
	return taken


def _insert(rows: Sequence[StoredRow]) -> set[Key]:
	names = _new_names(len(rows))
	moment, user = now_datetime(), frappe.session.user
	sent = json.dumps([(name, *row) for name, row in zip(names, rows, strict=True)], default=str)
	frappe.db.sql(INSERT, (moment, moment, user, user, sent))
	if frappe.db._cursor.rowcount == len(rows):
		return set()
	stored = set(_names_stored(names))
	return {(row.customer, row.event_id) for name, row in zip(names, rows, strict=True) if name not in stored}


def _new_names(count: int) -> list[int]:
	"""As many numbers of the table's sequence."""
	query = f"select group_concat(nextval(`usage_event_id_seq`)) from seq_1_to_{count:d}"
	return [int(name) for name in frappe.db.sql(query)[0][0].split(",")]


def _names_stored(names: Sequence[int]) -> list[int]:
	events = frappe.qb.DocType("Usage Event")
	return frappe.qb.from_(events).select(events.name).where(events.name.isin(names)).run(pluck=True)


def known_events(keys: Sequence[Key]) -> dict[Key, KnownEvent]:
	"""What is recorded under these customers and ids now, also what others have just committed."""
	if not keys:
		return {}
	wanted = json.dumps([{"c": customer, "e": event} for customer, event in keys])
	rows = frappe.db.sql(
		"select sent.c, sent.e, event.name, event.content_hash from json_table(%s, '$[*]' columns ("
		" c varchar(140) character set utf8mb4 collate utf8mb4_unicode_ci path '$.c',"
		" e varchar(140) character set utf8mb4 collate utf8mb4_nopad_bin path '$.e')) sent"
		" straight_join `tabUsage Event` event"
		" on event.customer = sent.c and event.event_id = sent.e and event.sequence = 0 lock in share mode",
		(wanted,),
	)
	found = {(customer, event): KnownEvent(name, text) for customer, event, name, text in rows}
	return found | _archived([key for key in keys if key not in found])


def archived_name(key: Key) -> str:
	"""The name under which an archived event stays known."""
	return blake2b("\x1f".join(key).encode(), digest_size=16).hexdigest()


def _archived(keys: Sequence[Key]) -> dict[Key, KnownEvent]:
	if not keys or not frappe.db.get_single_value("Paygent Settings", "usage_archived_before"):
		return {}
	by_name = {archived_name(key): key for key in keys}
	archive = frappe.qb.DocType("Archived Usage")
	query = frappe.qb.from_(archive).select(archive.name, archive.content_hash)
	rows = query.where(archive.name.isin(list(by_name))).run()
	return {by_name[name]: KnownEvent(None, text) for name, text in rows}


def ensure_keys() -> None:
	"""The table's own keys, and none besides: each further one costs every event.

	Ids that differ in case, accents or a space at the end are different ids.
	"""
	table = "Usage Event"
	frappe.db.sql_ddl(
		f"alter table `tab{table}` modify event_id varchar(140) not null collate utf8mb4_nopad_bin"
	)
	frappe.db.sql_ddl("alter sequence `usage_event_id_seq` cache 1000")
	for unwanted in ("creation", "modified", "billing_period_index", "one_event_per_id"):
		frappe.db.sql_ddl(f"alter table `tab{table}` drop index if exists `{unwanted}`")
	frappe.db.add_unique(table, ["customer", "event_id", "sequence"], constraint_name="one_event_per_version")
	for columns, name in (RATING, BILLED):
		_ensure_index(columns, name)


def _ensure_index(columns: str, name: str) -> None:
	shown = frappe.db.sql("show index from `tabUsage Event` where Key_name = %s", (name,), as_dict=True)
	if ", ".join(row.Column_name for row in shown) != columns:
		frappe.db.sql_ddl(
			f"alter table `tabUsage Event` drop index if exists `{name}`, add index `{name}` ({columns})"
		)
