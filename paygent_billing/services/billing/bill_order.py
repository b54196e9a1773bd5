"""Bills one order: each billing date that is due becomes one Sales Invoice, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import Billing, BillingStep, StepKind, bill_step, is_due, next_step
from paygent_billing.core.invoicing.catch_up import Limits, needs_approval
from paygent_billing.services.billing import invoice_of_draft
from paygent_billing.services.billing.claim import BilledElsewhere, claim_period, finish_period
from paygent_billing.services.billing.facts import gather_facts
from paygent_billing.services.billing.grace_draft import remove_draft
from paygent_billing.services.billing.outcome import Outcome, State
from paygent_billing.services.billing.retry import start_over, with_retry
from paygent_billing.services.clock import today_in, zone_of
from paygent_billing.services.events import record_event
from paygent_billing.services.orders.pending import add_pending, bill_pending
from paygent_billing.services.orders.terms import position_of, position_values, terms_of
from paygent_billing.services.orders.write import OrderChanged, write_unless_changed
from paygent_billing.services.usage.keep_evidence import keep_evidence
from paygent_billing.services.wallets.billed import Billed, post_billing


@dataclass(frozen=True)
class Step:
	"""A billing date that was billed, and the invoice that came of it, if any."""

	date: date
	invoice: str | None


MAX_COLLISIONS = 20
NEVER_BILLED = ("Draft", "Cancelled")


def bill_order(name: str, *, moment: datetime) -> Outcome:
	"""Bills all that is due of the order at the moment, oldest first, and commits each invoice by itself.

	What the caller has not committed is rolled back: a billing begins with a transaction of its own. Never
	raises for what is wrong with one order: that stands on the order and in the outcome.
	"""
	steps: list[Step] = []
	try:
		reason = with_retry(lambda: reason_to_wait(name, moment))
		if reason:
			return Outcome(name, State.WAITING, reason=reason)
		while step := with_retry(lambda: _bill_next(name, moment)):
			steps.append(step)
	except Exception as error:
		start_over()
		return _failed(name, steps, error, moment)
	return _outcome(name, State.BILLED, steps)


def reason_to_wait(name: str, moment: datetime) -> str:
	"""Why the order is not billed although it is due; empty when it is. A long backlog waits for approval."""
	order = frappe.get_doc("Billing Order", name)
	today = today_in(zone_of(order.time_zone), moment)
	if order.approved_backlog_until and order.approved_backlog_until >= today:
		return ""
	settings = frappe.get_cached_doc("Paygent Settings")
	limits = Limits(settings.catch_up_days, settings.catch_up_invoices)
	reason = needs_approval(terms_of(order), position_of(order), today, limits)
	if bool(reason) != bool(order.needs_approval):
		frappe.db.set_value("Billing Order", name, "needs_approval", int(bool(reason)), update_modified=False)
		frappe.db.commit()
	return reason or ""


def _bill_next(name: str, moment: datetime) -> Step | None:
	"""Bills the order's next billing date when it has come: the whole transaction, or nothing."""
	for _attempt in range(MAX_COLLISIONS):
		frappe.db.rollback()
		order = frappe.get_doc("Billing Order", name)
		step = next_step(terms_of(order), position_of(order))
		today = today_in(zone_of(order.time_zone), moment)
		if order.status in NEVER_BILLED or step is None or not _is_due(order, step, moment):
			return None
		try:
			billed = bill_for_now(order, step, today)
		except (BilledElsewhere, OrderChanged):
			continue
		frappe.db.commit()
		return billed
	frappe.throw(
		_("{0} is being changed or billed elsewhere all the time. Run the billing again.").format(name)
	)


def _is_due(order: Document, step: BillingStep, moment: datetime) -> bool:
	"""Whether the step's invoice date, and the grace for its usage, have come."""
	return is_due(terms_of(order), step, zone_of(order.time_zone), moment)


def bill_for_now(order: Document, step: BillingStep, today: date, *, origin: str = "Order") -> Step:
	"""Bills the step in the transaction that is open; whoever calls commits it, or rolls it back."""
	rate = invoice_of_draft.conversion_rate(order, today)
	period = claim_period(order, step, today)
	terms, position = terms_of(order), position_of(order)
	facts = gather_facts(order, terms, step, period)
	billing = bill_step(terms, position, step, facts.facts)
	invoice = None
	if billing.is_issued:
		invoice = invoice_of_draft.issue(
			order, billing.draft, issued_on=today, conversion_rate=rate, origin=origin
		)
		keep_evidence(order, terms, invoice=invoice, period=period)
	post_billing(terms, billing, Billed(period, invoice, today, step.date), facts.wallet)
	bill_pending(facts.pending_names, period)
	if billing.credit_note:
		invoice_of_draft.issue_credit_note(order, billing.credit_note, issued_on=today, conversion_rate=rate)
	elif billing.draft.carried:
		add_pending(order, [invoice_of_draft.carried_line(billing.draft)], cause=f"carried from {period}")
	finish_period(order, period, invoice)
	if order.grace_hours:
		remove_draft(order.name, issued=invoice)
	_advance(order, step, billing)
	_log(order, billing, invoice, today)
	return Step(step.date, invoice)


def _advance(order: Document, step: BillingStep, billing: Billing) -> None:
	"""Moves the order on. Refuses when its terms were changed since they were read."""
	values = position_values(order, billing.position)
	if step.kind is StepKind.CLOSING:
		values["status"] = "Ended"
	write_unless_changed(order, values | {"last_error": None, "failed_attempts": 0})


def _log(order: Document, billing: Billing, invoice: str | None, today: date) -> None:
	event = "invoice.issued" if invoice else "period.nothing_to_bill"
	record_event(event, order, happened_on=today, amount=billing.draft.total, sales_invoice=invoice)


def _failed(name: str, steps: list[Step], error: Exception, moment: datetime) -> Outcome:
	"""Writes on the order why it could not be billed; the next run tries again."""
	reason = str(error) or type(error).__name__
	if not isinstance(error, frappe.ValidationError):
		reason = f"{type(error).__name__}: {reason}"
	reason = frappe.utils.strip_html(reason)[:1000]
	try:
		with_retry(lambda: _write_failure(name, reason, moment))
	except Exception:
		start_over()  # what is wrong with the order may keep it from being written to as well
	return _outcome(name, State.FAILED, steps, reason)


def _write_failure(name: str, reason: str, moment: datetime) -> None:
	frappe.log_error(title=f"Billing {name}", reference_doctype="Billing Order", reference_name=name)
	frappe.db.commit()
	order = frappe.get_doc("Billing Order", name)
	values = {"last_error": reason, "failed_attempts": order.failed_attempts + 1}
	frappe.db.set_value("Billing Order", name, values, update_modified=False)
	record_event("billing.failed", order, happened_on=moment.date(), reason=reason)
	frappe.db.commit()


def _outcome(name: str, state: State, steps: list[Step], reason: str = "") -> Outcome:
	invoices = tuple(step.invoice for step in steps if step.invoice)
	return Outcome(name, state, invoices, len(steps), reason)


def approve_backlog(name: str, *, moment: datetime) -> Document:
	"""A person has looked at the order's long backlog and lets it be billed."""
	order = frappe.get_doc("Billing Order", name, for_update=True)
	order.check_permission("write")
	if not order.needs_approval:
		frappe.throw(_("{0} has no backlog that waits for approval.").format(name))
	today = today_in(zone_of(order.time_zone), moment)
	order.update({"approved_backlog_until": today, "needs_approval": 0})
	order.flags.from_service = True
	order.save()
	record_event("order.backlog_approved", order, happened_on=today)
	return order
