"""What a Billing Order must satisfy, and what of it may be edited by hand."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from paygent_billing.services.clock import zone_of
from paygent_billing.services.orders.compare import comparable, comparable_rows
from paygent_billing.services.orders.terms import last_day_of_term, terms_of

#: What may be edited at any time, since it changes no price and no date.
ALWAYS_EDITABLE = {
	"order_name", "contact_person", "contract_id", "invoice_email", "invoice_template", "payment_due_days",
	"taxes_and_charges",
}  # fmt: skip

#: What the billing itself writes, also while the order is a draft.
WRITTEN_BY_BILLING = (
	"next_billing_date", "next_billing_ms", "billed_on", "last_error", "failed_attempts", "needs_approval",
	"position", "position_before_pause", "revision", "approved_backlog_until", "has_new_usage",
	"invoice_anchor", "next_service_ms", "service_order_error",
)  # fmt: skip

MOST_DUE_DAYS = 3650
IGNORED_TYPES = {"Section Break", "Column Break", "Tab Break", "Table"}


def read_whole_numbers(order: Document) -> None:
	"""A request may write 31 as "31", or leave a number out."""
	for document in (order, *order.lines):
		for field in document.meta.get("fields", {"fieldtype": ("in", ("Int", "Long Int", "Check"))}):
			document.set(field.fieldname, cint(document.get(field.fieldname)))


def complete_draft(order: Document) -> None:
	"""Fills in what follows from the rest: names and dates of the lines, the end of a term."""
	if order.ends == "No end":
		order.end_date = None
	if order.ends == "After periods":
		if order.term_periods < 1:
			frappe.throw(_("Say after how many periods the order ends."))
		order.end_date = _last_day_of_term(order)
	order.set("pauses", [])
	for row in order.lines:
		row.line = row.line or next_line_name(order)
		row.valid_from, row.valid_until = order.start_date, None
		if row.pricing == "No plan":
			row.plan = None
	names = [row.line for row in order.lines]
	if len(set(names)) < len(names):
		frappe.throw(_("Two lines have the same name: {0}.").format(", ".join(sorted(names))))


def _last_day_of_term(order: Document) -> date:
	try:
		return last_day_of_term(order)
	except ValueError as error:
		frappe.throw(_("The order cannot be billed like this: {0}").format(error))


def next_line_name(order: Document) -> str:
	"""L1, L2, ...: the first one that the order does not have."""
	taken = {row.line for row in order.lines}
	return next(f"L{number}" for number in range(1, len(taken) + 2) if f"L{number}" not in taken)


def check_terms(order: Document) -> None:
	"""Refuses an order from which no invoice could be made."""
	if not 0 <= order.payment_due_days <= MOST_DUE_DAYS:
		frappe.throw(_("Payment due days cannot be negative, and at most {0}.").format(MOST_DUE_DAYS))
	_check_contact(order)
	zone_of(order.time_zone)
	for row in order.lines:
		_check_line(order, row)
	try:
		terms_of(order)
	except ValueError as error:
		frappe.throw(_("The order cannot be billed like this: {0}").format(error))


def _check_contact(order: Document) -> None:
	"""ERPNext refuses an invoice to a contact of somebody else; better to say so before the first one."""
	if not order.contact_person or not order.has_value_changed("contact_person"):
		return
	link = {"parenttype": "Contact", "parent": order.contact_person, "link_doctype": "Customer"}
	if not frappe.db.exists("Dynamic Link", {**link, "link_name": order.customer}):
		frappe.throw(_("{0} is no contact of {1}.").format(order.contact_person, order.customer))


def _check_line(order: Document, row: Document) -> None:
	if row.pricing == "No plan":
		if not frappe.get_cached_doc("AI Agent", row.agent).charges:
			frappe.throw(
				_("Line {0}: {1} has no prices of its own. Choose a plan.").format(row.line, row.agent)
			)
		return
	if not row.plan:
		frappe.throw(_("Line {0}: choose a plan, or 'No plan' for the agent's own prices.").format(row.line))
	plan = frappe.get_cached_doc("Agent Plan", row.plan)
	if plan.agent != row.agent:
		frappe.throw(
			_("Line {0}: {1} is a plan for {2}, not for {3}.").format(
				row.line, plan.name, plan.agent, row.agent
			)
		)
	if plan.currency != order.currency:
		frappe.throw(
			_("Line {0}: {1} is priced in {2}, the order in {3}.").format(
				row.line, plan.name, plan.currency, order.currency
			)
		)
	if plan.kind == "Custom" and plan.customer != order.customer:
		frappe.throw(_("Line {0}: {1} was made for {2}.").format(row.line, plan.name, plan.customer))
	if plan.disabled and order.status == "Draft":
		frappe.throw(_("Line {0}: {1} is not for new orders any more.").format(row.line, plan.name))


def refuse_changes_by_hand(order: Document, before: Document | None) -> None:
	"""Refuses edits that must be actions, and values that only the billing writes."""
	if order.flags.from_service:
		return
	if before is None:
		if order.status != "Draft":
			frappe.throw(_("A new order is a draft. Activate it once it is saved."))
		for field in WRITTEN_BY_BILLING:
			order.set(field, None)
		order.revision = 0
		return
	locked = WRITTEN_BY_BILLING if before.status == "Draft" else _locked_fields(order)
	changed = [field for field in locked if _differs(order, before, field)]
	if before.status != "Draft" and _lines_differ(order, before):
		changed.append("lines")
	if changed:
		labels = ", ".join(_(order.meta.get_label(field)) for field in changed)
		frappe.throw(
			_(
				"{0} is {1}: {2} cannot be edited."
				" Use the actions of the order, so that the change has its date."
			).format(order.name, _(before.status), labels)
		)


def refuse_deletion(order: Document) -> None:
	"""Only a draft that was never billed can be deleted."""
	if order.status != "Draft":
		frappe.throw(
			_("{0} is {1} and cannot be deleted. Cancel it instead.").format(order.name, _(order.status))
		)


def _locked_fields(order: Document) -> list[str]:
	fields = (field for field in order.meta.fields if field.fieldtype not in IGNORED_TYPES)
	return [field.fieldname for field in fields if field.fieldname not in ALWAYS_EDITABLE | {"status"}]


def _differs(order: Document, before: Document, field: str) -> bool:
	return comparable(order, field) != comparable(before, field)


def _lines_differ(order: Document, before: Document) -> bool:
	now, then = ([*document.lines, *document.pauses] for document in (order, before))
	return comparable_rows(now) != comparable_rows(then)
