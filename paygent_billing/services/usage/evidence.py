"""What a usage line was billed from: its events, as the JSON Lines that they are exported in, and their hash.

The text is canonical: sorted by time and id, with one order of fields. Names of customers, agents and metrics
are not in it, for those may be renamed; the line itself says them.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from heapq import merge
from itertools import groupby, islice

import frappe

from paygent_billing.core.money import format_quantity
from paygent_billing.services.numbers import sum_as_text
from paygent_billing.services.usage.archived_versions import Version, archived_versions
from paygent_billing.services.usage.billed_line import BilledLine

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_VERSIONS = (
	"select occurred_ms, event_id, sequence, cast(quantity as char), properties, is_void, billing_period"
	" from `tabUsage Event` where customer = %s and ai_agent = %s and metric = %s"
	" and occurred_ms >= %s and occurred_ms < %s and billing_period is not null"
	" order by occurred_ms, event_id, sequence"
)


@dataclass(frozen=True)
class Evidence:
	"""How many events a line was billed from, and the SHA-256 of their export."""

	events: int
	hash: str


def evidence_of(line: BilledLine) -> Evidence:
	"""The number and hash of the line's events as they stand in the site and its archive now."""
	digest, events = sha256(), 0
	for text in export_of(line):
		digest.update(text.encode())
		events += 1
	return Evidence(events, digest.hexdigest())


def export_of(line: BilledLine) -> Iterator[str]:
	"""The line's events as text, one a line, in memory that does not grow with them.

	Nothing else may be asked of the database until the last one is taken.
	"""
	for version in versions_of(line):
		yield json.dumps(as_exported(version), ensure_ascii=False, separators=(",", ":")) + "\n"


def page_of(line: BilledLine, start: int, count: int) -> list[dict[str, object]]:
	"""So many of the line's events from the one with that number on, the first being 0."""
	with closing(versions_of(line)) as versions:
		return [as_exported(version) for version in islice(versions, start, start + count)]


def as_exported(version: Version) -> dict[str, object]:
	"""The event as it is exported, in the order of its fields."""
	moment = _EPOCH + timedelta(milliseconds=version.occurred_ms)
	return {
		"id": version.event_id,
		"version": version.sequence,
		"occurred_at": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{version.occurred_ms % 1000:03}Z",
		"quantity": format_quantity(sum_as_text(version.quantity)),
		"properties": json.loads(version.properties) if version.properties else {},
	}


def versions_of(line: BilledLine) -> Generator[Version, None, None]:
	"""The version of each event that was in force when the line was billed, without those taken back: the
	highest that its own Billing Period or an earlier one of the order claimed.
	"""
	periods = _periods_until(line)
	stored = merge(_recorded_versions(line), archived_versions(line))
	claimed = (version for version in stored if version.billing_period in periods)
	for _event, versions in groupby(claimed, key=lambda version: version[:2]):
		*_older, newest = versions
		if not newest.is_void:
			yield newest


def _recorded_versions(line: BilledLine) -> Iterator[Version]:
	with frappe.db.unbuffered_cursor():
		values = line.customer, line.agent, line.metric, line.begin_ms, line.end_ms
		for row in frappe.db.sql(_VERSIONS, values, as_list=True, as_iterator=True):
			yield Version(*row)


def _periods_until(line: BilledLine) -> frozenset[str]:
	"""The order's Billing Periods up to the line's own, in the order in which they were made."""
	period = frappe.qb.DocType("Billing Period")
	made = frappe.qb.from_(period).select(period.creation).where(period.name == line.period)
	query = frappe.qb.from_(period).select(period.name).where(period.billing_order == line.order)
	return frozenset(query.where(period.creation <= made).run(pluck=True))
