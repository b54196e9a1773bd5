"""What a person or program does to an order as a whole, each at a moment that becomes a date of the
contract.
"""

from __future__ import annotations

from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document


def activate(name: str, *, at: datetime) -> Document:
	"""A draft becomes active and is billed from its start; a paused order is resumed on the day of `at`."""
	return _move(name, "Active", at)


def resume(name: str, *, at: datetime) -> Document:
	"""A paused order takes up service and billing again on the day of `at`."""
	order = _locked(name)
	if order.status != "Paused":
		frappe.throw(_("{0} is {1}, not paused.").format(order.name, _(order.status)))
	return _save(order, "Active", at)


def pause(name: str, *, at: datetime) -> Document:
	"""Stops service and billing from the day of `at` on."""
	return _move(name, "Paused", at)


def end(name: str, *, at: datetime, last_day: date | None = None) -> Document:
	"""Ends the order: its last day of service is `last_day`, or the day of `at`. The rest is billed after
	it.
	"""
	order = _locked(name)
	order.flags.last_day = last_day
	return _save(order, "Ended", at)


def cancel(name: str, *, at: datetime) -> Document:
	"""Calls the order off: nothing more of it is billed."""
	return _move(name, "Cancelled", at)


def _move(name: str, status: str, at: datetime) -> Document:
	return _save(_locked(name), status, at)


def _locked(name: str) -> Document:
	order = frappe.get_doc("Billing Order", name, for_update=True)
	order.check_permission("write")
	return order


def _save(order: Document, status: str, at: datetime) -> Document:
	if order.status == status:
		frappe.throw(_("{0} is {1} already.").format(order.name, _(status)))
	order.status = status
	order.flags.moment = at
	order.flags.from_service = True
	order.save()
	return order
