"""Puts what waits into Frappe's Email Queue, once each, with the stored PDF and a link to the invoice."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import escape_html, strip_html

from paygent_billing.services.billing.retry import start_over, with_retry
from paygent_billing.services.deliveries.ask import read_addresses
from paygent_billing.services.invoices.stored_pdf import stored_pdf
from paygent_billing.services.invoices.wording import day_in_words, site_number_style
from paygent_billing.services.links.tokens import new_link
from paygent_billing.services.numbers import currency_of, day, exact


def queue_waiting() -> dict[str, int]:
	"""Queues all that waits, each in its own transaction, and returns how many were queued and failed."""
	waiting = frappe.get_all(
		"Invoice Delivery", filters={"state": "Waiting"}, pluck="name", order_by="creation asc"
	)
	queued = [_try_to_queue(name) for name in waiting]
	return {"queued": sum(queued), "failed": len(queued) - sum(queued)}


def queue_delivery(name: str) -> None:
	"""Queues the mail and marks the row in the transaction that is open: a crash neither loses nor doubles
	it.
	"""
	row = frappe.get_doc("Invoice Delivery", name, for_update=True)
	if row.state != "Waiting":
		return
	message_id = row.message_id or f"{row.name}@{frappe.local.site}"
	mail = _queue(frappe.get_doc("Sales Invoice", row.sales_invoice), row, message_id)
	values = {"state": "Queued", "email_queue": mail.name, "message_id": message_id, "error": None}
	frappe.db.set_value("Invoice Delivery", name, values | {"attempts": row.attempts + 1})


def _try_to_queue(name: str) -> bool:
	try:
		with_retry(lambda: queue_delivery(name))
		frappe.db.commit()
	except Exception as error:
		start_over()
		frappe.log_error(title=f"E-mail {name}", reference_doctype="Invoice Delivery", reference_name=name)
		frappe.db.set_value("Invoice Delivery", name, {"state": "Failed", "error": reason_of(error)})
		frappe.db.commit()
		return False
	return True


def reason_of(error: Exception) -> str:
	return strip_html(str(error) or type(error).__name__)[:500]


def _queue(invoice: Document, delivery: Document, message_id: str) -> Document:
	pdf = stored_pdf(invoice.name)
	with print_language(invoice.language or frappe.local.lang):
		mail = frappe.sendmail(
			recipients=read_addresses(delivery.recipients),
			subject=_subject(invoice),
			message=_message(invoice, delivery.note or "", new_link(invoice.name, origin="E-mail")),
			attachments=[{"fname": f"{invoice.name.replace('/', '-')}.pdf", "fcontent": pdf}],
			reference_doctype="Sales Invoice",
			reference_name=invoice.name,
			message_id=message_id,
			add_unsubscribe_link=0,
			delayed=True,
		)
	return mail or frappe.throw(_("Frappe took no mail for {0}.").format(delivery.recipients))


def _subject(invoice: Document) -> str:
	words = _("Credit note {0} from {1}") if invoice.is_return else _("Invoice {0} from {1}")
	return words.format(invoice.name, invoice.company)


def _message(invoice: Document, note: str, link: str) -> str:
	"""The mail as HTML: every text that comes from a document or person is escaped."""
	lines = [line for line in note.splitlines() if line.strip()] + [_words(invoice)]
	paragraphs = "".join(f"<p>{escape_html(line)}</p>" for line in lines)
	address = escape_html(link)  # in full, so that it is in the mail's plain text as well
	online = f'<p>{escape_html(_("See it online"))}:<br><a href="{address}">{address}</a></p>'
	return f"{paragraphs}{online}<p>{escape_html(invoice.company)}</p>"


def _words(invoice: Document) -> str:
	amount = site_number_style().money(abs(exact(invoice.grand_total)), currency_of(invoice.currency))
	total = f"{invoice.currency} {amount}"
	if invoice.is_return:
		return _("Please find credit note {0} over {1} attached.").format(invoice.name, total)
	if invoice.docstatus == 2:
		return _("Invoice {0} over {1} is void: there is nothing to pay.").format(invoice.name, total)
	if invoice.outstanding_amount <= 0:
		return _("Please find invoice {0} over {1} attached. It is paid.").format(invoice.name, total)
	return _("Please find invoice {0} over {1} attached. It is due on {2}.").format(
		invoice.name, total, day_in_words(day(invoice.due_date))
	)
