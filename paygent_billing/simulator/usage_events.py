"""Usage events as the store keeps them: each version for ever, one of them in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from paygent_billing.core.money import EXACT
from paygent_billing.core.period import Period
from paygent_billing.core.usage import UsageEvent
from paygent_billing.scenarios.events import Usage
from paygent_billing.simulator.rows import to_json, utc_text
from paygent_billing.simulator.store import Store

_COLUMNS = "sequence, agent, metric, occurred_at, day, quantity, properties, is_void"

#: The versions in force that were accepted, in the order in which their first versions arrived.
_ACCEPTED = "is_current = 1 AND refusal IS NULL"
_IN_ORDER = "ORDER BY coalesce(corrects, sequence)"


@dataclass(frozen=True)
class StoredUse:
	"""A version of a usage event as the store has it; `day` is its date in the order's zone."""

	sequence: int
	agent: str
	metric: str
	day: date
	event: UsageEvent
	is_void: bool = False


def content_of(event: Usage) -> str:
	"""A fingerprint of everything that was sent, but for the time of arrival."""
	happened = utc_text(event.occurred_at) if event.occurred_at else None
	sent = [event.agent, event.metric, event.order, str(event.quantity.normalize(EXACT)), happened]
	text = to_json([*sent, sorted((event.properties or {}).items())])
	return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def stored_use(event: Usage, day: date) -> StoredUse:
	"""The event as it will be stored."""
	said = UsageEvent(event.happened_at, event.quantity, event.properties or {})
	return StoredUse(0, event.agent, event.metric, day, said)


def record(store: Store, event: Usage, use: StoredUse, *, order: str, refusal: str | None) -> StoredUse:
	"""Keeps the event, with the reason when it is not accepted; the use as it is stored."""
	sequence = store.insert(
		"usage_event",
		customer=event.customer,
		id=event.id,
		version=0,
		is_current=True,
		order_id=order,
		content=content_of(event),
		refusal=refusal,
		**_said(use),
	)
	return replace(use, sequence=sequence)


def in_force(store: Store, customer: str, id: str) -> tuple[Any, StoredUse]:
	"""The row of the version in force, and the use that it says."""
	row = store.one(
		"SELECT * FROM usage_event WHERE customer = ? AND id = ? AND is_current = 1", customer, id
	)
	if row is None:
		raise LookupError(f"{customer} has no usage {id}")
	return row, _use(tuple(row[name] for name in _COLUMNS.split(", ")))


def correct(store: Store, known: Any, use: StoredUse, *, refusal: str | None) -> None:
	"""Keeps the use as a new version of the known one, which stays in force when the new one is refused."""
	latest = store.one(
		"SELECT max(version) AS version FROM usage_event WHERE customer = ? AND id = ?",
		known["customer"],
		known["id"],
	)
	if refusal is None:
		store.execute("UPDATE usage_event SET is_current = 0 WHERE sequence = ?", known["sequence"])
	store.insert(
		"usage_event",
		customer=known["customer"],
		id=known["id"],
		version=(latest["version"] if latest else 0) + 1,
		corrects=known["corrects"] or known["sequence"],
		is_current=refusal is None,
		order_id=known["order_id"],
		refusal=refusal,
		**_said(use),
	)


def _said(use: StoredUse) -> dict[str, Any]:
	properties = dict(use.event.properties)
	return {
		"is_void": use.is_void,
		"agent": use.agent,
		"metric": use.metric,
		"occurred_at": utc_text(use.event.occurred_at),
		"day": use.day.isoformat(),
		"quantity": str(use.event.quantity),
		"properties": to_json(properties) if properties else None,
	}


def claim(store: Store, sequences: Sequence[int], billing: int) -> None:
	"""The events belong to that billing from now on, and to no other."""
	store.execute_many(
		"UPDATE usage_event SET billing = ? WHERE sequence = ?", [(billing, number) for number in sequences]
	)


def amended(use: StoredUse, quantity: Decimal | None, properties: Mapping[str, str] | None) -> StoredUse:
	"""The use with what is given instead."""
	event = use.event
	said = replace(
		event,
		quantity=event.quantity if quantity is None else quantity,
		properties=event.properties if properties is None else properties,
	)
	return replace(use, event=said)


def accepted_uses(store: Store, order: str, period: Period) -> list[StoredUse]:
	"""The accepted uses of the period's days, billed or not."""
	return _uses(
		store,
		f"SELECT {_COLUMNS} FROM usage_event WHERE order_id = ? AND day >= ? AND day < ? "
		f"AND {_ACCEPTED} {_IN_ORDER}",
		order,
		period.start.isoformat(),
		period.end.isoformat(),
	)


def waiting_uses(store: Store, order: str, period: Period) -> list[StoredUse]:
	"""The accepted uses of the period's days that no invoice holds."""
	return _uses(
		store,
		f"SELECT {_COLUMNS} FROM usage_event WHERE order_id = ? AND day >= ? AND day < ? "
		f"AND billing IS NULL AND {_ACCEPTED} {_IN_ORDER}",
		order,
		period.start.isoformat(),
		period.end.isoformat(),
	)


def _uses(store: Store, statement: str, *values: Any) -> list[StoredUse]:
	return [_use(row) for row in store.execute(statement, *values)]


def _use(row: Any) -> StoredUse:
	sequence, agent, metric, occurred_at, day, quantity, properties, is_void = row
	said = json.loads(properties) if properties else {}
	event = UsageEvent(datetime.fromisoformat(occurred_at), Decimal(quantity), said)
	return StoredUse(sequence, agent, metric, date.fromisoformat(day), event, bool(is_void))
