"""The minute's tick for what customers receive: queues jobs for what waits. The jobs do the work."""

from __future__ import annotations

import frappe


def send_what_waits() -> None:
	"""Whether something waits is asked of the rows themselves, so that a lost job loses nothing."""
	if frappe.db.exists("Invoice PDF", {"state": "Pending"}):
		frappe.enqueue("paygent_billing.services.invoices.tick.pdf_job", queue="long")
	if frappe.db.exists("Invoice Delivery", {"state": ["in", ("Waiting", "Queued")]}):
		frappe.enqueue("paygent_billing.services.invoices.tick.mail_job", queue="long")


def mail_job() -> None:
	"""One background job: queues the mails that wait, and looks after those that are queued."""
	from paygent_billing.services.deliveries.follow import follow_queued
	from paygent_billing.services.deliveries.queue import queue_waiting

	frappe.set_user("Administrator")
	follow_queued()
	queue_waiting()


def pdf_job() -> dict[str, int]:
	"""One background job: makes the PDFs that wait, as Administrator, whoever queued it."""
	from paygent_billing.services.invoices.stored_pdf import make_waiting_pdfs

	frappe.set_user("Administrator")
	return make_waiting_pdfs()
