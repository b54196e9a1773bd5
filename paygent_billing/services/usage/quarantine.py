"""Usage that came and could not be counted: kept as it was sent, and tried again when somebody says so."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import frappe
from frappe.utils import now
from pypika.functions import Count

from paygent_billing.services.usage.incoming import IncomingEvent
from paygent_billing.services.usage.results import Result, Status

OPEN, RECORDED, DISCARDED = "Open", "Recorded", "Discarded"
FIELDS = ["name", "creation", "modified", "owner", "modified_by", "customer_reference", "event_id"]
FIELDS += ["state", "code", "reason", "content_hash", "payload"]
Waiting = tuple[IncomingEvent, str, str, str]


def keep(events: Sequence[Waiting]) -> dict[tuple[str, str], str]:
	"""Keeps each event with its hash, code and reason, once. Returns the hashes of those that wait already.

	What waits already and comes again with the same content waits for the newest reason.
	"""
	if not events:
		return {}
	known = {
		(row.customer_reference, row.event_id): row
		for row in _rows({(e.customer, e.id) for e, *_rest in events})
	}
	_insert([waiting for waiting in events if (waiting[0].customer, waiting[0].id) not in known])
	again = defaultdict(list)
	for event, content, code, reason in events:
		row = known.get((event.customer, event.id))
		if row and row.content_hash == content and (row.state, row.code) != (OPEN, code):
			again[code, reason].append(row.name)
	for (code, reason), names in again.items():
		_update(names, {"state": OPEN, "code": code, "reason": reason})
	return {key: row.content_hash for key, row in known.items()}


def close(keys: Collection[tuple[str, str]]) -> None:
	"""The events with these customers, as sent, and ids are recorded now: nothing of them waits any more."""
	if not frappe.db.exists("Quarantined Usage", {"state": OPEN}):
		return
	_update([row.name for row in _rows(keys) if row.state == OPEN], {"state": RECORDED})


def resubmit(names: Sequence[str], now: datetime) -> list[Result]:
	"""Records the quarantined events anew, as they were sent; what is still wrong stays with its reason."""
	from paygent_billing.services.usage.batch import record_batch

	table = frappe.qb.DocType("Quarantined Usage")
	query = frappe.qb.from_(table).select(table.name, table.payload).where(table.name.isin(list(names)))
	rows = query.where(table.state == OPEN).orderby(table.name).for_update().run(as_dict=True)
	results = record_batch([json.loads(row.payload) for row in rows], now)
	for row, result in zip(rows, results, strict=True):
		if result.status in (Status.ACCEPTED, Status.DUPLICATE):
			_update([row.name], {"state": RECORDED})
		elif result.status is not Status.QUARANTINED:
			_update([row.name], {"reason": result.reason})
	return results


def discard(names: Sequence[str]) -> int:
	"""A person has decided that these events are never counted. Returns how many waited."""
	rows = frappe.get_all("Quarantined Usage", {"name": ["in", list(names)], "state": OPEN}, pluck="name")
	_update(rows, {"state": DISCARDED})
	return len(rows)


def count_waiting(customer: str | None = None) -> dict[str, int]:
	"""How many events wait, by code: usage that is on no invoice. Of a customer, under its name or external
	id.
	"""
	table = frappe.qb.DocType("Quarantined Usage")
	query = frappe.qb.from_(table).select(table.code, Count("*")).where(table.state == OPEN)
	if customer:
		references = [customer, frappe.db.get_value("Customer", customer, "external_id") or customer]
		query = query.where(table.customer_reference.isin(references))
	return dict(query.groupby(table.code).run())


def _rows(keys: Collection[tuple[str, str]]) -> list[frappe._dict]:
	"""Those of the keys that were quarantined once, as they are now, locked."""
	if not keys:
		return []
	wanted = json.dumps([{"c": customer, "e": event} for customer, event in keys])
	return frappe.db.sql(
		"select event.name, event.customer_reference, event.event_id, event.content_hash, event.state,"
		" event.code"
		" from json_table(%s, '$[*]' columns ("
		" c varchar(140) character set utf8mb4 collate utf8mb4_nopad_bin path '$.c',"
		" e varchar(140) character set utf8mb4 collate utf8mb4_nopad_bin path '$.e')) sent"
		" straight_join `tabQuarantined Usage` event"
		" on event.customer_reference = sent.c and event.event_id = sent.e for update",
		(wanted,),
		as_dict=True,
	)


def _insert(events: Sequence[Waiting]) -> None:
	"""In one order, and once, whoever else keeps the same events at this moment."""
	moment, user = now(), frappe.session.user
	head = moment, moment, user, user
	rows = [
		(
			frappe.generate_hash(length=10),
			*head,
			event.customer,
			event.id,
			OPEN,
			code,
			reason,
			content,
			_text(event),
		)
		for event, content, code, reason in sorted(events, key=lambda one: (one[0].customer, one[0].id))
	]
	if rows:
		frappe.db.bulk_insert("Quarantined Usage", FIELDS, rows, ignore_duplicates=True)


def _text(event: IncomingEvent) -> str:
	return json.dumps(event.as_sent(), indent=1, ensure_ascii=False)


def _update(names: Sequence[str], values: dict[str, object]) -> None:
	table = frappe.qb.DocType("Quarantined Usage")
	query = frappe.qb.update(table).where(table.name.isin(list(names))).set(table.modified, now())
	for field, value in values.items():
		query = query.set(table[field], value)
	if names:
		query.run()
