"""The minute's tick for what others receive of us: queues jobs for what waits. The jobs do the work."""

from __future__ import annotations

import frappe

from paygent_billing.services.deliveries.follow import follow_queued
from paygent_billing.services.deliveries.queue import queue_waiting
from paygent_billing.services.invoices.stored_pdf import make_waiting_pdfs
from paygent_billing.services.outbox.deliver import deliver_pending, pending_is_due


def send_what_waits() -> None:
	"""Whether something waits is asked of the rows themselves, so that a lost job loses nothing."""
	if frappe.db.exists("Invoice PDF", {"state": "Pending"}):
		frappe.enqueue("paygent_billing.services.tick.pdf_job", queue="long")
	if frappe.db.exists("Invoice Delivery", {"state": ["in", ("Waiting", "Queued")]}):
		frappe.enqueue("paygent_billing.services.tick.mail_job", queue="long")
	if pending_is_due():
		frappe.enqueue("paygent_billing.services.tick.event_job", queue="long")


def mail_job() -> None:
	"""One background job: queues the mails that wait, and looks after those that are queued."""
	frappe.set_user("Administrator")
	follow_queued()
	queue_waiting()


def pdf_job() -> dict[str, int]:
	"""One background job: makes the PDFs that wait, as Administrator, whoever queued it."""
	frappe.set_user("Administrator")
	return make_waiting_pdfs()


def event_job() -> dict[str, int]:
	"""One background job: tells subscribers of the events that are due."""
	frappe.set_user("Administrator")
	return deliver_pending()
