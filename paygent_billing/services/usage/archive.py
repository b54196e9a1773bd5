"""Old usage: billed events go to compressed files, their ids stay taken, their days stay counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import frappe
from frappe.utils import cint

from paygent_billing.services import clock
from paygent_billing.services.numbers import day
from paygent_billing.services.usage.store import StoredRow, archived_name
from paygent_billing.services.usage.written_file import note_file, private_path

ROWS_PER_FILE = 50_000
STATES = ("Billed", "Nothing to bill")


def archive_old_usage() -> None:
	"""The daily job: archives what is older than Paygent Settings say; 0 days keeps everything."""
	days = cint(frappe.db.get_single_value("Paygent Settings", "usage_archive_days"))
	if days > 0:
		archive_before(clock.now().date() - timedelta(days=days))


def archive_before(limit: date) -> int:
	"""Archives the billed events of all billed periods that ended by that day, and commits each file. Returns
	how many rows went.

	First the site stops to take usage and corrections of that time, for a period that is archived cannot be
	rated again. Usage that no invoice holds, or that was refused, stays.
	"""
	before = day(frappe.db.get_single_value("Paygent Settings", "usage_archived_before"))
	if before is None or before < limit:
		frappe.db.set_single_value("Paygent Settings", "usage_archived_before", limit)
		frappe.clear_document_cache("Paygent Settings", "Paygent Settings")
		frappe.db.commit()
	archived = 0
	for order in frappe.get_all("Billing Order", pluck="name", order_by="name asc"):
		while rows := _rows_to_archive(order, limit):
			_archive(order, rows)
			frappe.db.commit()
			archived += len(rows)
	return archived


def _rows_to_archive(order: str, limit: date) -> list[frappe._dict]:
	"""All versions of events that the order's periods billed, that happened in periods ended by the limit,
	and of which nothing waits for an invoice.
	"""
	end_ms = _archived_until_ms(order, limit)
	if end_ms is None:
		return []
	events = frappe.db.sql(
		"select distinct event.customer, event.event_id from `tabUsage Event` event"
		" join `tabBilling Period` period on period.name = event.billing_period"
		" where event.customer = %s and period.billing_order = %s and event.occurred_ms < %s"
		" and not exists (select 1 from `tabUsage Event` open where open.customer = event.customer"
		" and open.event_id = event.event_id and open.standing > 0 and open.billing_period is null)"
		" limit %s",
		(frappe.db.get_value("Billing Order", order, "customer"), order, end_ms, ROWS_PER_FILE),
	)
	fields = ", ".join(
		f"event.{field}" for field in (*StoredRow._fields, "name", "billing_period", "creation")
	)
	return frappe.db.sql(
		f"select {fields}, cast(event.quantity as char) quantity from json_table(%s, '$[*]' columns ("
		" c varchar(140) character set utf8mb4 collate utf8mb4_unicode_ci path '$[0]',"
		" e varchar(140) character set utf8mb4 collate utf8mb4_nopad_bin path '$[1]')) sent"
		" straight_join `tabUsage Event` event"
		" on event.customer = sent.c and event.event_id = sent.e for update",
		(json.dumps(events),),
		as_dict=True,
	)


def _archived_until_ms(order: str, limit: date) -> int | None:
	"""The end of the order's last period that was billed and over by the limit."""
	filters = [
		["billing_order", "=", order],
		["state", "in", STATES],
		["arrears_until", "is", "set"],
		["arrears_until", "<=", limit],
	]
	end = frappe.get_all(
		"Billing Period", filters, pluck="arrears_until", order_by="arrears_until desc", limit=1
	)
	zone = clock.zone_of(frappe.db.get_value("Billing Order", order, "time_zone"))
	return clock.midnight_ms(day(end[0]), zone) if end else None


def _archive(order: str, rows: list[frappe._dict]) -> None:
	"""A file for each agent and metric, and one transaction: the files are whole on the disk before the rows
	go.
	"""
	by_source = attrgetter("customer", "ai_agent", "metric")
	for source, of_source in groupby(sorted(rows, key=by_source), by_source):
		_archive_source(order, source, list(of_source))
	table = frappe.qb.DocType("Usage Event")
	for names in _slices([row.name for row in rows]):
		frappe.qb.from_(table).delete().where(table.name.isin(names)).run()


def _archive_source(order: str, source: tuple[str, str, str], rows: list[frappe._dict]) -> None:
	path = private_path(f"usage-{frappe.scrub(order)}-{frappe.generate_hash(length=10)}.jsonl.gz")
	_write(path, rows)
	note_file(path, attached_to_doctype="Billing Order", attached_to_name=order)
	_keep_ids(rows, path.name)
	moments = [row.occurred_ms for row in rows]
	archive = frappe.new_doc("Usage Archive")
	archive.update(dict(zip(("customer", "ai_agent", "metric"), source, strict=True)))
	archive.update({"billing_order": order, "file_name": path.name, "versions": len(rows)})
	archive.update({"first_ms": min(moments), "last_ms": max(moments)})
	archive.db_insert_as_service()


def _write(path: Path, rows: list[frappe._dict]) -> None:
	with gzip.open(path, "wt", encoding="utf-8") as file:
		for row in rows:
			file.write(json.dumps(row, default=str, ensure_ascii=False) + "\n")


def _keep_ids(rows: list[frappe._dict], archive: str) -> None:
	moment, user = frappe.utils.now(), frappe.session.user
	first = [row for row in rows if not row.sequence]
	values = [
		(archived_name((row.customer, row.event_id)), moment, moment, user, user, row.content_hash, archive)
		for row in first
	]
	fields = ["name", "creation", "modified", "owner", "modified_by", "content_hash", "archive"]
	frappe.db.bulk_insert("Archived Usage", fields, values, ignore_duplicates=True)


def _slices(names: list[int]) -> Iterator[list[int]]:
	for first in range(0, len(names), 5000):
		yield names[first : first + 5000]
