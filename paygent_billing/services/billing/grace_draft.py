"""The draft that stands for an order's next invoice while the grace for its usage runs.

It is there to be looked at. It claims, draws and grants nothing and has no number: its name is the order's,
so that the database keeps a second one out.
"""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import BillingStep, InvoiceDraft, bill_step, waiting_step
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.facts import facts_so_far
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.orders.terms import position_of, terms_of

PREFIX = "DRAFT-"
INVOICE = "Sales Invoice"
NEVER_DRAFTED = ("Draft", "Cancelled")
#: What people hang on a draft, and the fields that say on what it hangs.
HANGS_ON = {
	"Comment": ("reference_doctype", "reference_name"),
	"ToDo": ("reference_type", "reference_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
}


def draft_name(order: str) -> str:
	return PREFIX + order


def refresh_draft(name: str, *, moment: datetime) -> str | None:
	"""Makes the draft of the order what its invoice would be at the moment, or takes it away when the order
	is in no grace. Commits; returns the draft's name. What the caller has not committed is rolled back.
	"""
	return with_retry(lambda: _refresh(name, moment))


def remove_draft(order: str, *, issued: str | None = None) -> None:
	"""Takes the draft away, in the transaction that is open. What people hung on it goes to the invoice that
	was issued in its place.
	"""
	draft = draft_name(order)
	if not frappe.db.exists(INVOICE, {"name": draft, "docstatus": 0}):
		return
	for table in frappe.get_meta(INVOICE).get_table_fields():
		frappe.db.delete(table.options, {"parent": draft, "parenttype": INVOICE})
	# Deleting the document would give back a number of the series, and it has none.
	frappe.db.delete(INVOICE, {"name": draft})
	for doctype, (kind, name) in HANGS_ON.items() if issued else ():
		frappe.db.set_value(doctype, {kind: INVOICE, name: draft}, name, issued, update_modified=False)
	frappe.clear_document_cache(INVOICE, draft)


def refuse_draft_by_hand(invoice: Document) -> None:
	"""No person saves, submits or deletes a draft in grace, or takes the name that one will have."""
	name = invoice.name or ""
	order = name.removeprefix(PREFIX)
	if order != name and frappe.db.exists("Billing Order", order):
		frappe.throw(
			_(
				"{0} shows the next invoice of {1} while its grace runs. The billing writes it, and issues"
				" the invoice after the grace. Change the order instead."
			).format(name, order)
		)


def step_in_grace(order: Document, moment: datetime) -> BillingStep | None:
	"""The step of the order that waits for its grace at the moment."""
	if order.status in NEVER_DRAFTED:
		return None
	return waiting_step(terms_of(order), position_of(order), zone_of(order.time_zone), moment)


def _refresh(name: str, moment: datetime) -> str | None:
	frappe.db.rollback()
	order = frappe.get_doc("Billing Order", name)
	today = today_in(zone_of(order.time_zone), moment)
	rate = invoice_of_draft.conversion_rate(order, today) if step_in_grace(order, moment) else 0.0
	frappe.db.rollback()
	order = frappe.get_doc("Billing Order", name, for_update=True)
	frappe.db.set_value("Billing Order", name, "has_new_usage", 0, update_modified=False)
	step = step_in_grace(order, moment)
	draft = _draft_of(order, step) if step else None
	if draft:
		_write(order, invoice_of_draft.invoice_with_lines(order, draft, today, rate))
	else:
		remove_draft(name)
	frappe.db.commit()
	return draft_name(name) if draft else None


def _draft_of(order: Document, step: BillingStep) -> InvoiceDraft | None:
	terms = terms_of(order)
	billing = bill_step(terms, position_of(order), step, facts_so_far(order, terms, step))
	return billing.draft if billing.is_issued else None


def _write(order: Document, invoice: Document) -> None:
	"""Saves the invoice under the draft's name, in place of what stands there."""
	invoice_of_draft.prepare(order, invoice)
	name = draft_name(order.name)
	fields = ["name", "creation", "modified", "owner", "docstatus", "billing_order"]
	known = frappe.db.get_value(INVOICE, name, fields, as_dict=True)
	if known is None:
		invoice.insert(set_name=name)
		_announce(order)
	elif (known.docstatus, known.billing_order) == (0, order.name):
		invoice._set_defaults()  # as inserting does
		invoice.update({**known, "__islocal": 0})
		invoice.save()
	else:
		frappe.throw(
			_("{0} is the name of another invoice, not of the draft of {1}.").format(name, order.name)
		)


def _announce(order: Document) -> None:
	"""A billing of the order that began before sees by the revision that there is a draft to be replaced."""
	frappe.db.set_value("Billing Order", order.name, "revision", order.revision + 1, update_modified=False)
