"""Follows what was queued until it is sent, and finds what was lost on the way.

Frappe marks a mail `Sending` before it opens the connection, and looks at it no more: a worker that is killed
then leaves it so. Such a mail is put back into the queue as it is, with its Message-ID.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

#: Longer than any mail server may take; Frappe's own look at stuck mails, where it has one, comes before.
LOST_AFTER = timedelta(minutes=30)


def follow_queued() -> dict[str, int]:
	"""Looks at each queued delivery in its own transaction, and counts what became of them."""
	counts = {"sent": 0, "failed": 0, "lost": 0}
	queued = frappe.get_all(
		"Invoice Delivery", filters={"state": "Queued"}, pluck="name", order_by="creation asc"
	)
	for name in queued:
		outcome = _follow(name)
		frappe.db.commit()
		if outcome:
			counts[outcome] += 1
	return counts


def _follow(name: str) -> str | None:
	row = frappe.get_doc("Invoice Delivery", name, for_update=True)
	fields = ["name", "status", "modified", "error"]
	mail = frappe.db.get_value("Email Queue", row.email_queue, fields, as_dict=True)
	if row.state != "Queued":
		return None
	if mail is None:
		return _ask_again(row)
	if mail.status == "Sent":
		return _write(row, "sent", state="Sent", sent_at=mail.modified, error=None)
	if mail.status in ("Error", "Expired"):
		return _write(row, "failed", state="Failed", error=_last_line(mail.error))
	if mail.status == "Sending" and mail.modified < now_datetime() - LOST_AFTER:
		return _send_again(row, mail.name)
	return None


def _send_again(row: Document, mail: str) -> str:
	"""Frappe sends the same mail again: to those of its recipients that have not got it."""
	frappe.db.set_value("Email Queue", mail, "status", "Not Sent")
	return _write(row, "lost", attempts=row.attempts + 1)


def _ask_again(row: Document) -> str:
	"""The mail was deleted from the queue unsent: it is written anew, under the same Message-ID."""
	return _write(row, "lost", state="Waiting", email_queue=None)


def _write(row: Document, outcome: str, **values: object) -> str:
	frappe.db.set_value("Invoice Delivery", row.name, values)
	return outcome


def _last_line(error: str | None) -> str:
	lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
	return lines[-1][:500] if lines else ""
