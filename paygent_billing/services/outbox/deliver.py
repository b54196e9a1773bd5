"""Delivers what is pending: the events of a customer in their order, each until it is taken or given up.

An attempt is written down and committed before its request, together with when the next one is due. So two
jobs never send the same event at once, and one that is killed in between leaves an event that is sent again
later, under the same id, by which the receiver knows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from paygent_billing.services.outbox.post import Answer, is_wanted, post_event

#: Minutes until the next attempt after each one that failed: three days and a half in all.
BACKOFF = (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440)
SECONDS_OF_A_JOB = 50
MOST_ROWS = 2000
#: After so many events that were not taken, a subscriber is left alone until the next tick.
MOST_FAILURES = 3


def deliver_pending() -> dict[str, int]:
	"""Delivers to each subscriber what is due, and counts what was delivered and what failed. Each has its
	share of the job's time: a slow one takes none of another's.
	"""
	counts = {"delivered": 0, "failed": 0}
	webhooks = _webhooks_with_pending()
	for webhook in webhooks:
		until = time.monotonic() + SECONDS_OF_A_JOB / len(webhooks)
		for taken in _deliver_to(webhook, until):
			counts["delivered" if taken else "failed"] += 1
	return counts


def pending_is_due() -> bool:
	"""Whether there is anything for a job to do."""
	row = frappe.qb.DocType("Event Delivery")
	query = frappe.qb.from_(row).select(row.name).where(row.state == "Pending")
	return bool(query.where(row.next_try.isnull() | (row.next_try <= now_datetime())).limit(1).run())


def send_again(name: str) -> None:
	"""Lets a delivery that was given up, or one that arrived, be tried anew. For who may write Webhooks."""
	frappe.has_permission("Webhook", "write", throw=True)
	row = frappe.get_doc("Event Delivery", name, for_update=True)
	if row.state == "Pending":
		frappe.throw(_("The event is on its way already."))
	values = {"state": "Pending", "attempts": 0, "next_try": None, "delivered_at": None}
	frappe.db.set_value("Event Delivery", name, values)


def _webhooks_with_pending() -> list[Document]:
	names = frappe.get_all("Event Delivery", filters={"state": "Pending"}, pluck="webhook", distinct=True)
	if not names:
		return []
	_skip_those_of_deleted(names)
	found = frappe.get_all("Webhook", filters={"name": ["in", names], "enabled": 1}, pluck="name")
	return [frappe.get_doc("Webhook", name) for name in sorted(found)]


def _skip_those_of_deleted(names: list[str]) -> None:
	"""A Webhook that is switched off is waited for; of one that is deleted nothing will come."""
	for name in names:
		if not frappe.db.exists("Webhook", name):
			values = {"state": "Skipped", "last_answer": _("The Webhook was deleted.")}
			frappe.db.set_value("Event Delivery", {"webhook": name, "state": "Pending"}, values)
			frappe.db.commit()


def _deliver_to(webhook: Document, until: float) -> Iterator[bool]:
	"""Whether each event that was due was taken. A customer's later events wait for the earlier ones."""
	held: set[str] = set()
	failures = 0
	for row in _pending(webhook.name):
		if time.monotonic() > until or failures == MOST_FAILURES:
			return
		if row.customer in held:
			continue
		taken = _deliver(webhook, row.name) if _is_due(row) else None
		if taken is not True:
			held.add(row.customer)
		if taken is not None:
			failures += not taken
			yield taken


def _pending(webhook: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Event Delivery",
		filters={"state": "Pending", "webhook": webhook},
		fields=["name", "customer", "next_try"],
		order_by="creation asc, name asc",
		limit=MOST_ROWS,
	)


def _is_due(row: frappe._dict) -> bool:
	return row.next_try is None or row.next_try <= now_datetime()


def _deliver(webhook: Document, name: str) -> bool | None:
	"""Whether the event was taken; None when another job is at it."""
	row = _claim(name)
	if row is None:
		return None
	event = frappe.get_doc("Billing Event", row.billing_event)
	try:
		if not is_wanted(webhook, event):
			return _finish(name, "Skipped", Answer(0, _("The Webhook's condition does not hold.")))
		answer = post_event(webhook, event)
	except Exception as error:  # what is wrong with one Webhook must not keep the others waiting
		frappe.db.rollback()
		answer = Answer(0, f"{type(error).__name__}: {error}"[:500])
	return _finish(name, "Delivered", answer) if answer.is_taken else _note_failure(row, answer)


def _claim(name: str) -> Document | None:
	"""Writes the attempt down and commits it, before anything is sent."""
	row = frappe.get_doc("Event Delivery", name, for_update=True)
	if row.state != "Pending" or not _is_due(row):
		frappe.db.rollback()
		return None
	row.attempts += 1
	row.next_try = now_datetime() + timedelta(minutes=BACKOFF[min(row.attempts, len(BACKOFF)) - 1])
	frappe.db.set_value("Event Delivery", name, {"attempts": row.attempts, "next_try": row.next_try})
	frappe.db.commit()
	return row


def _finish(name: str, state: str, answer: Answer) -> bool:
	values = {"state": state, "next_try": None, "last_status": answer.status, "last_answer": answer.text}
	values["delivered_at"] = now_datetime() if state == "Delivered" else None
	frappe.db.set_value("Event Delivery", name, values)
	frappe.db.commit()
	return True


def _note_failure(row: Document, answer: Answer) -> bool:
	values = {"last_status": answer.status, "last_answer": answer.text}
	if row.attempts >= len(BACKOFF):
		values |= {"state": "Failed", "next_try": None}
	frappe.db.set_value("Event Delivery", row.name, values)
	frappe.db.commit()
	return False
