"""Recording many events at once: each by itself is taken or not, and sending them again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _

from paygent_billing.services.usage import quarantine
from paygent_billing.services.usage.catalogue import Catalogue, catalogue_for
from paygent_billing.services.usage.checks import TimeLimits, reason_to_refuse, reason_to_wait
from paygent_billing.services.usage.days import DayUsage, add_to_days
from paygent_billing.services.usage.incoming import IncomingEvent, read_event
from paygent_billing.services.usage.marks import mark_orders
from paygent_billing.services.usage.overage import beyond_credits
from paygent_billing.services.usage.record import row_of
from paygent_billing.services.usage.results import Refusal, Result, Status
from paygent_billing.services.usage.store import Key, StoredRow, content_hash, insert_new, known_events

MAX_ITEMS = 5000


@dataclass
class Sent:
	"""One item of a batch on its way: the row that it would be, once it is known who and what it names."""

	index: int
	event: IncomingEvent
	hash: str
	row: StoredRow | None = None
	result: Result | None = None

	@property
	def key(self) -> Key:
		return (self.row.customer, self.row.event_id) if self.row else (self.event.customer, self.event.id)

	def came_to(self, status: Status, code: str | None = None, reason: str | None = None) -> Result:
		return Result(self.index, self.event.id, status, code, reason)


def record_batch(items: Sequence[object], now: datetime) -> list[Result]:
	"""What came of each of up to 5,000 events, in their order. Writes in the caller's transaction.

	A deadlock with another writer is the caller's to repeat (`with_retry`): nothing of the batch stands then.
	"""
	if len(items) > MAX_ITEMS:
		raise Refusal("too_many", _("A batch has at most {0} events.").format(MAX_ITEMS))
	results, sent = _read(items)
	catalogue = catalogue_for([one.event for one in sent])
	first, copies = _look_up(sent, catalogue)
	_set_aside(first, catalogue, TimeLimits.of_site(now))
	_refuse_beyond_credits([one for one in first if one.result is None], catalogue, now)
	_store([one for one in first if one.result is None])
	for one in first:
		one.result = one.result or one.came_to(Status.ACCEPTED)
	_quarantine(first)
	results += [one.result for one in first]
	results += [_result_of_copy(one, original) for one, original in copies]
	return sorted(results)


def _read(items: Sequence[object]) -> tuple[list[Result], list[Sent]]:
	"""The items that are no events, with what is wrong; and the others, each id once."""
	refused, sent = [], []
	for index, item in enumerate(items):
		try:
			event = read_event(item)
		except Refusal as refusal:
			refused.append(Result(index, _id_of(item), refusal.status, refusal.code, refusal.args[0]))
		else:
			sent.append(Sent(index, event, content_hash(event.content)))
	return refused, sent


def _id_of(item: object) -> str | None:
	"""The id of an item that cannot be read, to find it again by; None when it is not a short text."""
	value = item.get("id") if isinstance(item, dict) else None
	is_fit = isinstance(value, str) and len(value) <= 140 and value.isprintable()
	return value if is_fit else None


def _look_up(sent: Iterable[Sent], catalogue: Catalogue) -> tuple[list[Sent], list[tuple[Sent, Sent]]]:
	"""Makes the row of each event whose customer is known. Returns the first of each id, and with it the
	later copies.
	"""
	first: dict[Key, Sent] = {}
	copies = []
	for one in sent:
		one.row = _row(one, catalogue)
		original = first.setdefault(one.key, one)
		if original is not one:
			copies.append((one, original))
	return list(first.values()), copies


def _row(one: Sent, catalogue: Catalogue) -> StoredRow | None:
	customer = catalogue.customers.get(one.event.customer)
	return row_of(one.event, customer, catalogue, one.hash) if customer else None


def _set_aside(sent: Sequence[Sent], catalogue: Catalogue, limits: TimeLimits) -> None:
	"""Decides on events that cannot be counted now. One that is recorded already is only a duplicate."""
	reasons = {one.index: _what_is_wrong(one, catalogue, limits) for one in sent}
	wrong = [one for one in sent if reasons[one.index]]
	_decide_known([one for one in wrong if one.row])
	for one in wrong:
		refusal = reasons[one.index]
		one.result = one.result or one.came_to(refusal.status, refusal.code, refusal.args[0])


def _what_is_wrong(one: Sent, catalogue: Catalogue, limits: TimeLimits) -> Refusal | None:
	return reason_to_refuse(one.event, catalogue) or reason_to_wait(one.event, one.row, catalogue, limits)


def _decide_known(sent: Sequence[Sent]) -> None:
	"""Those of the events that are recorded already: a duplicate, or in conflict with what is recorded."""
	known = known_events([one.key for one in sent])
	for one in sent:
		if one.key in known:
			one.result = _result_beside(one, known[one.key].content_hash)


def _result_beside(one: Sent, recorded: str | None) -> Result:
	if recorded in (None, one.hash):
		return one.came_to(Status.DUPLICATE)
	reason = _("Another event is recorded under this id. It stays as it is; amend it to change it.")
	return one.came_to(Status.CONFLICT, "conflict", reason)


def _result_of_copy(one: Sent, original: Sent) -> Result:
	"""What comes of a second event with the same id in one batch."""
	if original.result.status in (Status.ACCEPTED, Status.DUPLICATE) or one.hash != original.hash:
		return _result_beside(one, original.hash)
	return one.came_to(*original.result[2:])


def _refuse_beyond_credits(sent: Sequence[Sent], catalogue: Catalogue, now: datetime) -> None:
	limited = [one for one in sent if catalogue.is_blocked_somewhere(one.row.customer, one.row.ai_agent)]
	if not limited:
		return
	_decide_known(limited)
	new = {one.key: one for one in limited if one.result is None}
	for key in beyond_credits([one.row for one in new.values()], catalogue, now):
		reason = _("The customer's prepaid credits are used up.")
		new[key].result = new[key].came_to(Status.REFUSED, "credits_used_up", reason)


def _store(sent: Sequence[Sent]) -> None:
	"""Stores the events and counts them in their days, but for those whose id is taken."""
	taken = insert_new([one.row for one in sent])
	beside = [one for one in sent if one.key in taken]
	_decide_known(beside)
	if any(one.result is None for one in beside):
		raise frappe.QueryDeadlockError("an event was neither stored nor known")
	stored = [one.row for one in sent if one.result is None]
	add_to_days(
		DayUsage(row.customer, row.ai_agent, row.metric, row.usage_day, row.quantity) for row in stored
	)
	mark_orders({row.customer for row in stored})


def _quarantine(sent: Sequence[Sent]) -> None:
	waiting = [one for one in sent if one.result.status is Status.QUARANTINED]
	taken = quarantine.keep([(one.event, one.hash, one.result.code, one.result.reason) for one in waiting])
	for one in waiting:
		if taken.get((one.event.customer, one.event.id), one.hash) != one.hash:
			one.result = _result_beside(one, "another")
	quarantine.close(
		{(one.event.customer, one.event.id) for one in sent if one.result.status is Status.ACCEPTED}
	)
