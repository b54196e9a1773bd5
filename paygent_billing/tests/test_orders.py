"""Billing Orders: what is refused, through every door, and what an order goes through."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.client import bulk_update, set_value
from frappe.model.workflow import apply_workflow

from paygent_billing.core.lifecycle import ORDER_TRANSITIONS
from paygent_billing.services.orders import actions, changes
from paygent_billing.tests.factories import (
	PLATFORM,
	SEATS,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	make_order,
	make_plan,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestDrafts(SiteTestCase):
	def test_a_draft_can_be_edited_freely(self) -> None:
		order = make_order()
		order.update({"billing_day": 15, "start_date": date(2026, 2, 3)})
		order.append("lines", {"agent": make_agent(SEATS), "pricing": "No plan", "seats": 2})
		order.save()
		self.assertEqual([row.line for row in order.lines], ["L1", "L2"])
		self.assertEqual({str(row.valid_from) for row in order.lines}, {"2026-02-03"})

	def test_a_term_in_periods_ends_after_so_many_full_periods(self) -> None:
		order = make_order(start_date=date(2026, 1, 15), ends="After periods", term_periods=3)
		self.assertEqual(str(order.end_date), "2026-04-30")

	def test_impossible_orders_are_refused(self) -> None:
		agent = make_agent(PLATFORM)
		other = make_plan(make_agent(), PLATFORM)
		euro = make_plan(agent, PLATFORM, currency="EUR")
		custom = make_plan(agent, PLATFORM, kind="Custom", customer=make_customer())
		yearly = make_plan(agent, PLATFORM, interval_unit="Year", interval_count=1)
		for values, lines, message in [
			({"billing_day": 32}, (), "A billing day is 1 to 31"),
			({"interval_count": 0}, (), "An interval has a count of 1 to 1000"),
			({"time_zone": "Mars/Olympus"}, (), "is not a time zone"),
			({"first_billing_date": date(2026, 1, 9)}, (), "is not on the billing day"),
			({"ends": "On date", "end_date": date(2025, 12, 30)}, (), "would end before it starts"),
			({"payment_due_days": -1}, (), "Payment due days cannot be negative"),
			({"discount_type": "Percent", "discount_value": 101}, (), "is not between 0 and 100"),
			({}, ({"agent": agent, "plan": other},), "is a plan for"),
			({}, ({"agent": agent, "plan": euro},), "is priced in EUR"),
			({}, ({"agent": agent, "plan": custom},), "was made for"),
			(
				{"interval_unit": "Week"},
				({"agent": agent, "plan": yearly},),
				"must be the order's or a multiple",
			),
			({}, ({"agent": make_agent()},), "has no prices of its own"),
		]:
			with self.subTest(message), self.assert_refused(message):
				make_order(*lines, **values)

	def test_an_order_without_agents_is_not_activated(self) -> None:
		order = make_order()
		order.set("lines", [])
		order.save()
		with self.assert_refused("Add at least one agent"):
			actions.activate(order.name, at=utc(2026, 1, 1))

	def test_a_new_order_cannot_begin_as_active(self) -> None:
		order = make_order()
		copy = frappe.copy_doc(order)
		copy.status = "Active"
		with self.assert_refused("A new order is a draft"):
			copy.insert()


class TestLifecycle(SiteTestCase):
	def test_the_workflow_knows_the_same_moves_as_the_core(self) -> None:
		workflow = frappe.get_doc("Workflow", "Billing Order")
		moves = {(row.state, row.next_state) for row in workflow.transitions}
		known = {
			(old.value, new.value) for (old, _action), new in ORDER_TRANSITIONS.items() if old is not new
		}
		self.assertEqual(moves, known)

	def test_the_workflow_buttons_do_what_the_actions_do(self) -> None:
		order = make_order(start_date=date.today())
		for action, status in [
			("Activate", "Active"),
			("Pause", "Paused"),
			("Resume", "Active"),
			("End Order", "Ended"),
		]:
			apply_workflow(frappe.get_doc("Billing Order", order.name).as_json(), action)
			self.assertEqual(frappe.db.get_value("Billing Order", order.name, "status"), status)
		order.reload()
		self.assertEqual(str(order.end_date), str(date.today()))

	def test_moves_that_the_lifecycle_does_not_know_are_refused_and_change_nothing(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		with self.assert_refused("is Active already"):
			actions.activate(order, at=utc(2026, 1, 2))
		frappe.db.rollback()
		actions.cancel(order, at=utc(2026, 1, 2))
		frappe.db.commit()
		with self.assertRaises(frappe.ValidationError):
			actions.activate(order, at=utc(2026, 1, 3))
		frappe.db.rollback()
		self.assertEqual(
			frappe.db.get_value("Billing Order", order, ["status", "next_billing_ms"]), ("Cancelled", 0)
		)

	def test_a_resume_on_the_day_of_the_pause_leaves_everything_as_it_was(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1), credit_paused_days=1)
		bill(order, utc(2026, 1, 1))
		actions.pause(order, at=utc(2026, 1, 10, 9))
		actions.activate(order, at=utc(2026, 1, 10, 15))
		frappe.db.commit()
		bill(order, utc(2026, 2, 1))
		self.assertEqual([invoice.grand_total for invoice in invoices_of(order)], [99.0, 99.0])

	def test_days_lost_to_a_pause_come_back_when_the_order_says_so(self) -> None:
		order = make_active_order(at=utc(2026, 4, 1), start_date=date(2026, 4, 1), credit_paused_days=1)
		bill(order, utc(2026, 4, 1))
		actions.pause(order, at=utc(2026, 4, 11))
		actions.activate(order, at=utc(2026, 4, 21))
		bill(order, utc(2026, 4, 21))
		self.assertEqual([row.amount for row in invoices_of(order)[1].items], [-66.0, 33.0, 33.0])
		self.assertEqual(invoices_of(order)[1].grand_total, 0.0)

	def test_deleting_an_order_that_was_active_is_refused(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		with self.assert_refused("cannot be deleted"):
			frappe.delete_doc("Billing Order", order)


class TestGuards(SiteTestCase):
	"""An active order changes through actions only, whichever door is tried."""

	def setUp(self) -> None:
		super().setUp()
		self.order = make_active_order({"agent": make_agent(SEATS), "seats": 4}, at=utc(2026, 1, 1))

	def _stored(self) -> tuple[object, ...]:
		order = frappe.get_doc("Billing Order", self.order)
		return (
			order.billing_day,
			order.position,
			order.next_billing_ms,
			order.customer,
			[row.seats for row in order.lines],
		)

	def test_no_door_changes_a_guarded_field(self) -> None:
		guarded = {
			"billing_day": 17,
			"position": "{}",
			"next_billing_ms": 1,
			"next_billing_date": "2030-01-01",
			"customer": make_customer(),
			"start_date": "2020-01-01",
			"discount_value": 50,
			"proration": 0,
			"revision": 9,
		}
		frappe.db.commit()
		before = self._stored()
		for field, value in guarded.items():
			for door in (self._by_save, self._by_set_value, self._by_bulk_update, self._by_savedocs):
				with self.subTest(field=field, door=door.__name__), self.assert_refused("cannot be edited"):
					door(field, value)
				frappe.db.rollback()
		self.assertEqual(self._stored(), before)

	def _by_save(self, field: str, value: object) -> None:
		order = frappe.get_doc("Billing Order", self.order)
		order.set(field, value)
		order.save()

	def _by_set_value(self, field: str, value: object) -> None:
		set_value("Billing Order", self.order, {field: value})

	def _by_bulk_update(self, field: str, value: object) -> None:
		row = {"doctype": "Billing Order", "docname": self.order, field: value}
		failed = bulk_update(frappe.as_json([row]))["failed_docs"]
		raise frappe.ValidationError(failed[0]["exc"])

	def _by_savedocs(self, field: str, value: object) -> None:
		from frappe.desk.form.save import savedocs

		order = frappe.get_doc("Billing Order", self.order).as_dict()
		savedocs(frappe.as_json({**order, field: value}), "Save")

	def test_lines_of_an_active_order_cannot_be_edited(self) -> None:
		order = frappe.get_doc("Billing Order", self.order)
		order.lines[0].seats = 400
		with self.assert_refused("Lines cannot be edited"):
			order.save()

	def test_flags_in_the_request_do_not_open_the_door(self) -> None:
		order = frappe.get_doc("Billing Order", self.order).as_dict()
		document = frappe.get_doc({**order, "billing_day": 9, "flags": {"from_service": True}})
		with self.assert_refused("cannot be edited"):
			document.save()

	def test_names_and_mail_settings_stay_editable(self) -> None:
		order = frappe.get_doc("Billing Order", self.order)
		order.update({"order_name": "Support for Acme", "invoice_email": "Invoice only"})
		order.save()
		self.assertEqual(frappe.db.get_value("Billing Order", self.order, "order_name"), "Support for Acme")

	def test_a_change_before_what_is_billed_is_refused(self) -> None:
		bill(self.order, utc(2026, 3, 1))
		with self.assert_refused("is billed from 2026-03-01 on already"):
			changes.change_line(self.order, "L1", at=utc(2026, 2, 10), seats=5)

	def test_a_user_without_the_role_changes_nothing(self) -> None:
		user = make_user("Sales User")
		frappe.set_user(user)
		for act in (
			lambda: changes.change_line(self.order, "L1", at=utc(2026, 1, 5), seats=5),
			lambda: actions.pause(self.order, at=utc(2026, 1, 5)),
			lambda: changes.add_one_off(self.order, "Help", 10, at=utc(2026, 1, 5)),
		):
			with self.assertRaises(frappe.PermissionError):
				act()
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.get_value("Billing Order", self.order, "status"), "Active")


class TestPrices(SiteTestCase):
	def test_prices_that_make_no_sense_are_refused(self) -> None:
		metric = make_metric()
		graduated = {**usage_charge(metric), "model": "Graduated"}
		tier = {"charge": "usage", "up_to": 100, "rate": 1}
		for charges, tiers, message in [
			([{**PLATFORM, "price": -1}], [], "cannot be negative"),
			([PLATFORM, PLATFORM], [], "two charges have the same name"),
			([graduated], [], "needs at least one tier"),
			([graduated], [tier], "The last tier must have no up_to"),
			([graduated], [tier, tier, {"charge": "usage", "rate": 2}], "The tiers overlap"),
			([PLATFORM], [tier], "which is no charge"),
			([{**usage_charge(None)}], [], "a metric belongs to a usage charge"),
		]:
			with self.subTest(message), self.assert_refused(message):
				make_agent(*charges, tiers=tuple(tiers))

	def test_a_plan_in_use_keeps_its_prices_and_a_new_version_has_others(self) -> None:
		agent = make_agent()
		plan = make_plan(agent, PLATFORM)
		make_active_order({"agent": agent, "plan": plan}, at=utc(2026, 1, 1))
		document = frappe.get_doc("Agent Plan", plan)
		document.charges[0].price = 120
		with self.assert_refused("Make a new version of the plan"):
			document.save()
		copy = frappe.get_doc("Agent Plan", frappe.get_doc("Agent Plan", plan).new_version())
		copy.charges[0].price = 120
		copy.save()
		self.assertEqual((copy.version, copy.previous_version), (2, plan))
		self.assertEqual(frappe.db.get_value("Agent Plan", plan, "disabled"), 1)

	def test_an_agent_bills_usage_on_one_active_line_of_a_customer(self) -> None:
		customer, agent = make_customer(), make_agent(usage_charge(make_metric()))
		first = make_active_order({"agent": agent}, at=utc(2026, 1, 1), customer=customer)
		second = make_order({"agent": agent}, customer=customer)
		with self.assert_refused(f"on the active order {first}"):
			actions.activate(second.name, at=utc(2026, 1, 1))


def make_user(*roles: str) -> str:
	"""A desk user with these roles."""
	email = f"{frappe.generate_hash(length=8)}@paygent.example"
	user = frappe.new_doc("User")
	user.update({"email": email, "first_name": "Test", "send_welcome_email": 0})
	user.set("roles", [{"role": role} for role in roles])
	user.insert(ignore_permissions=True)
	frappe.db.commit()
	return email
