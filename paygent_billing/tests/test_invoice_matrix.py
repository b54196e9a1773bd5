"""Each action in each state and for each role, through the methods that requests reach."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import frappe

from paygent_billing.api import invoices as api
from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.tests.factories import make_issued_invoice, unique
from paygent_billing.tests.invoices import invoice, make_invoice_that_is, status_of
from paygent_billing.tests.site_case import SiteTestCase

STATES = ("draft", "open", "past_due", "paid", "void", "uncollectible")

ACTIONS: dict[str, Callable[[str], dict]] = {
	"Open": lambda name: api.open_draft(name),
	"Edit": lambda name: api.edit(name, {"memo": "Changed"}, "A typo"),
	"Mark as paid": lambda name: api.mark_as_paid(name),
	"Record a payment": lambda name: api.record_payment(name, "40.00"),
	"Void": lambda name: api.void_unpaid(name, "Made by mistake"),
	"Mark uncollectible": lambda name: api.mark_uncollectible(name, "Bankrupt"),
	"Re-bill": lambda name: api.rebill_void(name),
	"Credit": lambda name: api.refund(name, "Sorry", "10.00", pays_back=False),
	"Refund": lambda name: api.refund(name, "Sorry"),
}

#: Action: from which state into which. Marking a paid invoice as paid is answered, and changes nothing.
BECOMES: dict[tuple[str, str], str] = {
	("Open", "draft"): "open",
	("Edit", "draft"): "draft",
	("Edit", "open"): "open",
	("Edit", "past_due"): "past_due",
	("Mark as paid", "open"): "paid",
	("Mark as paid", "past_due"): "paid",
	("Mark as paid", "uncollectible"): "paid",
	("Mark as paid", "paid"): "paid",
	("Record a payment", "open"): "open",
	("Record a payment", "past_due"): "past_due",
	("Record a payment", "uncollectible"): "uncollectible",
	("Void", "open"): "void",
	("Void", "past_due"): "void",
	("Mark uncollectible", "open"): "uncollectible",
	("Mark uncollectible", "past_due"): "uncollectible",
	("Re-bill", "void"): "open",
	("Credit", "paid"): "paid",
	("Refund", "paid"): "paid",
}

#: Taking a claim out of the books, and replacing an issued invoice.
NEEDS_RIGHT_TO_CANCEL = {
	*product(("Void", "Mark uncollectible", "Credit", "Refund"), STATES),
	*product(("Edit",), ("open", "past_due", "paid", "uncollectible")),
}


class TestInvoiceMatrix(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.invoices = {state: _make(state) for state in STATES}

	def test_accounts_manager_may_do_what_the_state_knows(self) -> None:
		frappe.set_user(_user("Accounts Manager"))
		for action, state in product(ACTIONS, STATES):
			with self.subTest(action=action, state=state):
				self._check(action, state, is_allowed=True)

	def test_accounts_user_may_do_all_that_takes_nothing_out_of_the_books(self) -> None:
		frappe.set_user(_user("Accounts User"))
		for action, state in product(ACTIONS, STATES):
			with self.subTest(action=action, state=state):
				self._check(action, state, is_allowed=(action, state) not in NEEDS_RIGHT_TO_CANCEL)

	def test_nobody_else_may_do_anything(self) -> None:
		users = (_user("Sales User"), _user(), _user(user_type="Website User"))
		for user, action, state in product(users, ACTIONS, STATES):
			frappe.set_user(user)
			with self.subTest(user=user, action=action, state=state):
				self._assert_refused(action, state, frappe.PermissionError)

	def _check(self, action: str, state: str, *, is_allowed: bool) -> None:
		expected = BECOMES.get((action, state))
		if not is_allowed:
			self._assert_refused(action, state, frappe.PermissionError)
		elif not expected:
			self._assert_refused(action, state, frappe.ValidationError)
		else:
			user, name = frappe.session.user, self._fresh(state)
			frappe.set_user(user)
			self.assertEqual(ACTIONS[action](name)["status"], expected)

	def _fresh(self, state: str) -> str:
		frappe.set_user("Administrator")
		return _make(state)

	def _assert_refused(self, action: str, state: str, error: type[Exception]) -> None:
		name = self.invoices[state]
		before, frappe.flags.error_message = _all_of(name), None
		with self.assertRaises(error) as caught:
			ACTIONS[action](name)
		said = " ".join([str(caught.exception), *(str(row) for row in frappe.get_message_log())])
		frappe.clear_messages()
		if error is frappe.ValidationError:
			words = state.replace("_", " ")
			self.assertIn(f"{name} is {words}. '{action}' is only for invoices that are", said)
		else:
			self.assertRegex(frappe.flags.error_message, r"(?i)permission for.* Sales Invoice")
		self.assertEqual(_all_of(name), before)


class TestNotOurs(SiteTestCase):
	def test_ordinary_invoices_and_credit_notes_know_none_of_the_actions(self) -> None:
		own = frappe.copy_doc(invoice(make_invoice_that_is("open")), ignore_no_copy=False)
		own.update({"docstatus": 0, "due_date": "2035-12-30"})
		own.submit()
		for action in ACTIONS.values():
			with self.assert_refused("is not an invoice of the agent billing"):
				action(own.name)
		self.assertEqual(api.standing(own.name)["actions"], [])
		self.assertEqual(invoice(own.name).outstanding_amount, 99.0)

	def test_reasons_are_asked_for(self) -> None:
		name = make_invoice_that_is("open")
		for act in (
			lambda: api.void_unpaid(name, " "),
			lambda: api.mark_uncollectible(name, "<b></b>"),
			lambda: api.edit(name, {"memo": "x"}),
		):
			with self.assert_refused("Say why"):
				act()
		self.assertEqual(status_of(name), "open")

	def test_the_desk_is_told_what_may_be_done(self) -> None:
		name = make_invoice_that_is("open")
		self.assertEqual(
			api.standing(name)["actions"],
			["edit", "mark_as_paid", "record_payment", "void", "mark_uncollectible"],
		)
		frappe.set_user(_user("Accounts User"))
		self.assertEqual(api.standing(name)["actions"], ["mark_as_paid", "record_payment"])


def _make(state: str) -> str:
	"""An invoice in that state; a void one is an order's, so that its period can be billed again."""
	if state != "void":
		return make_invoice_that_is(state)
	name = make_issued_invoice().name
	void_invoice(name, reason="Made by mistake")
	return name


def _all_of(name: str) -> tuple[object, ...]:
	"""All that an action could change."""
	row = frappe.db.get_value(
		"Sales Invoice",
		name,
		[
			"docstatus",
			"billing_status",
			"outstanding_amount",
			"memo",
			"billing_reason",
			"replaced_by",
			"modified",
		],
	)
	counted = [
		frappe.db.count("GL Entry", {"against_voucher": name, "is_cancelled": 0}),
		frappe.db.count("Sales Invoice", {"amended_from": name}),
		frappe.db.count("Billing Event", {"sales_invoice": name}),
		frappe.db.count("Billing Receipt", {"sales_invoice": name}),
	]
	return row, counted


def _user(*roles: str, user_type: str = "System User") -> str:
	user = frappe.new_doc("User")
	user.update({"email": f"{unique('u').replace(' ', '')}@example.com", "first_name": "Test"})
	user.update({"send_welcome_email": 0, "user_type": user_type})
	for role in roles:
		user.append("roles", {"role": role})
	return user.insert().name
