"""Who may do what to an invoice, and in which state it knows that: asked before every action."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.lifecycle import (
	INVOICE_ACTIONS,
	InvoiceAction,
	InvoiceStatus,
	TransitionError,
	check_invoice_action,
)
from paygent_billing.services.billing.grace_draft import refuse_draft_by_hand
from paygent_billing.services.locks import lock_as_seen

#: What the site's own permissions must allow. Who takes a claim out of the books must be allowed to cancel.
RIGHTS: dict[InvoiceAction, tuple[tuple[str, str], ...]] = {
	InvoiceAction.OPEN: (("Sales Invoice", "submit"),),
	InvoiceAction.EDIT: (("Sales Invoice", "write"),),
	InvoiceAction.MARK_AS_PAID: (("Sales Invoice", "read"), ("Payment Entry", "submit")),
	InvoiceAction.RECORD_PAYMENT: (("Sales Invoice", "read"), ("Payment Entry", "submit")),
	InvoiceAction.VOID: (("Sales Invoice", "cancel"),),
	InvoiceAction.MARK_UNCOLLECTIBLE: (("Sales Invoice", "cancel"), ("Journal Entry", "submit")),
	InvoiceAction.REBILL: (("Sales Invoice", "submit"),),
	InvoiceAction.CREDIT: (("Sales Invoice", "cancel"), ("Sales Invoice", "submit")),
	InvoiceAction.REFUND: (("Sales Invoice", "cancel"), ("Payment Entry", "submit")),
}

#: Editing an issued invoice cancels it and makes another.
RIGHTS_TO_REPLACE = (("Sales Invoice", "cancel"), ("Sales Invoice", "amend"), ("Sales Invoice", "submit"))


def invoice_for(action: InvoiceAction, name: str) -> Document:
	"""The invoice, locked until the transaction ends. Refused when the user may not do this, or its state
	does not know it.
	"""
	invoice = locked_invoice(name)
	check_rights(action, invoice)
	_check_kind(invoice)
	try:
		check_invoice_action(InvoiceStatus(invoice.billing_status), action)
	except TransitionError:
		_refuse(invoice, action)
	return invoice


def locked_invoice(name: str) -> Document:
	"""The invoice, locked until the transaction ends, with nothing read that is older."""
	lock_as_seen("Sales Invoice", [name])
	return frappe.get_doc("Sales Invoice", name, for_update=True)


def check_rights(action: InvoiceAction, invoice: Document) -> None:
	"""PermissionError when the user may not do this to the invoice."""
	for doctype, right in rights_for(action, invoice):
		if doctype == invoice.doctype:
			invoice.check_permission(right)
		else:
			frappe.has_permission(doctype, right, throw=True)


def rights_for(action: InvoiceAction, invoice: Document) -> tuple[tuple[str, str], ...]:
	"""What the action needs, as (doctype, permission)."""
	is_issued_edit = action is InvoiceAction.EDIT and invoice.docstatus == 1
	return RIGHTS_TO_REPLACE if is_issued_edit else RIGHTS[action]


def actions_on(invoice: Document) -> list[InvoiceAction]:
	"""The actions that the user may take and that the invoice knows in its state."""
	is_in_grace = invoice.docstatus == 0 and invoice.billing_order
	if not invoice.billing_origin or invoice.is_return or is_in_grace:
		return []
	status = InvoiceStatus(invoice.billing_status)
	known = (action for action in InvoiceAction if status in INVOICE_ACTIONS[action])
	return [action for action in known if _is_open_for(action, invoice) and _is_allowed(action, invoice)]


def _is_open_for(action: InvoiceAction, invoice: Document) -> bool:
	"""Only the period of an order can be billed again, and only while no other invoice bills it."""
	return action is not InvoiceAction.REBILL or bool(invoice.billing_order and not invoice.replaced_by)


def _is_allowed(action: InvoiceAction, invoice: Document) -> bool:
	return all(
		frappe.has_permission(doctype, right, doc=invoice if doctype == invoice.doctype else None)
		for doctype, right in rights_for(action, invoice)
	)


def _check_kind(invoice: Document) -> None:
	refuse_draft_by_hand(invoice)
	if not invoice.billing_origin:
		frappe.throw(
			_("{0} is not an invoice of the agent billing. Use ERPNext's own buttons.").format(invoice.name)
		)
	if invoice.is_return:
		frappe.throw(_("{0} is a credit note. Choose the invoice that it belongs to.").format(invoice.name))


def _refuse(invoice: Document, action: InvoiceAction) -> None:
	states = [status for status in InvoiceStatus if status in INVOICE_ACTIONS[action]]
	frappe.throw(
		_("{0} is {1}. '{2}' is only for invoices that are {3}.").format(
			invoice.name,
			state_in_words(InvoiceStatus(invoice.billing_status)),
			_(action.value.capitalize()),
			", ".join(state_in_words(status) for status in states),
		)
	)


def state_in_words(status: InvoiceStatus) -> str:
	"""The state as people read it."""
	return _(status.value.replace("_", " "))
