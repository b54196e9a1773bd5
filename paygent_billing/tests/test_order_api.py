"""The order's HTTP methods: who may call them, what they refuse, and what the preview shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe.exceptions import FrappeTypeError
from frappe.handler import execute_cmd
from frappe.utils import add_days, getdate, nowdate

from paygent_billing.api import orders
from paygent_billing.paygent_billing.doctype.agent_plan.agent_plan import AgentPlan
from paygent_billing.services import clock
from paygent_billing.tests import factories
from paygent_billing.tests.factories import PLATFORM, SEATS, usage_charge
from paygent_billing.tests.site_case import SiteTestCase

CHANGES: dict[str, dict[str, Any]] = {
	"activate": {},
	"pause": {},
	"resume": {},
	"end": {},
	"cancel": {},
	"change_line": {"line": "L1", "seats": 9},
	"add_line": {"agent": "any"},
	"remove_line": {"line": "L1"},
	"add_one_off": {"description": "Workshop", "amount": "10"},
	"approve_backlog": {},
	"bill_now": {},
}


def state_of(order: str) -> tuple[Any, ...]:
	"""All that a refused call must leave alone."""
	document = frappe.get_doc("Billing Order", order)
	rows = [(row.line, row.plan, row.seats, str(row.valid_until)) for row in document.lines]
	pending = frappe.get_all("Pending Charge", {"billing_order": order}, pluck="name", order_by="name")
	invoices = frappe.get_all("Sales Invoice", {"billing_order": order}, pluck="name", order_by="name")
	return document.status, str(document.modified), rows, pending, invoices


class TestOrderApi(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		first = getdate(nowdate()).replace(day=1)
		agent = factories.make_agent(PLATFORM, SEATS)
		line = {"agent": agent, "seats": 2}
		self.order = factories.make_active_order(line, at=clock.now(), start_date=first)

	def tearDown(self) -> None:
		frappe.local.request = None
		super().tearDown()

	def request(self, method: str, http: str = "POST", **values: Any) -> Any:
		"""The call as it comes over HTTP: whitelist, verb, types, then the method."""
		frappe.local.request = frappe._dict(method=http)
		frappe.local.form_dict = frappe._dict(order=self.order, **values)
		return execute_cmd(f"paygent_billing.api.orders.{method}")

	def assert_refuses(self, message: str, method: str, **values: Any) -> None:
		before = state_of(self.order)
		with self.assert_refused(message):
			self.request(method, **values)
		frappe.db.rollback()
		self.assertEqual(state_of(self.order), before)

	def assert_forbids(self, user: str, method: str, **values: Any) -> None:
		before = state_of(self.order)
		frappe.set_user(user)
		with self.assertRaises(frappe.PermissionError):
			self.request(method, **values)
		frappe.set_user("Administrator")
		frappe.db.rollback()
		self.assertEqual(state_of(self.order), before)

	def test_a_sales_user_changes_nothing(self) -> None:
		user = make_user("Sales User")
		for method, values in CHANGES.items():
			with self.subTest(method=method):
				self.assert_forbids(user, method, **values)

	def test_guest_reaches_nothing(self) -> None:
		for method, values in {**CHANGES, "preview": {}}.items():
			with self.subTest(method=method):
				self.assert_forbids("Guest", method, **values)

	def test_a_get_request_is_refused_by_every_method(self) -> None:
		for method, values in {**CHANGES, "preview": {}, "new_order_values": {}}.items():
			with self.subTest(method=method):
				self.assert_forbids("Administrator", method, http="GET", **values)

	def test_a_new_version_of_a_plan_is_only_made_by_post(self) -> None:
		verbs = frappe.allowed_http_methods_for_whitelisted_func[AgentPlan.new_version]
		self.assertEqual(list(verbs), ["POST"])

	def test_what_a_new_order_begins_with_is_told_to_who_may_read_the_customer(self) -> None:
		mine, other = factories.make_customer(), factories.make_customer()
		user = make_user("Accounts User")
		limit = {"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": mine}
		frappe.get_doc(limit).insert()
		frappe.set_user(user)
		self.assertIn("contact_person", orders.new_order_values(customer=mine))
		with self.assertRaises(frappe.PermissionError):
			orders.new_order_values(customer=other)

	def test_a_user_without_any_role_sees_no_preview(self) -> None:
		self.assert_forbids(make_user(), "preview")

	def test_an_accounts_user_does_what_the_order_needs(self) -> None:
		frappe.set_user(make_user("Accounts User"))
		self.request("change_line", line="L1", seats="5")
		self.request("add_one_off", description="Workshop", amount="12.50")
		self.assertEqual(self.request("pause")["status"], "Paused")
		self.assertEqual(self.request("resume")["status"], "Active")
		self.assertEqual(self.request("bill_now")["state"], "billed")
		self.assertEqual(self.request("end")["status"], "Ended")
		frappe.set_user("Administrator")
		(invoice, *_) = factories.invoices_of(self.order)
		amounts = {row.billing_charge: row.amount for row in invoice.items if row.billing_type != "seat_fee"}
		self.assertEqual(amounts, {"platform": 99, "one_off": 12.5})

	def test_amounts_that_are_no_exact_numbers_are_refused(self) -> None:
		refusals = {
			"abc": "'abc' is not a number",
			"NaN": "is not a finite number",
			"1e400": "is too large",
			"0": "cannot be 0",
			"1.005": "more decimals than USD knows",
		}
		for amount, message in refusals.items():
			with self.subTest(amount=amount):
				frappe.clear_messages()
				self.assert_refuses(
					frappe.utils.escape_html(message), "add_one_off", description="x", amount=amount
				)

	def test_a_number_where_text_is_due_is_refused(self) -> None:
		before = state_of(self.order)
		for values in ({"amount": 1.5}, {"amount": {"a": 1}}, {"amount": ["1"]}):
			with self.subTest(values=values), self.assertRaises(FrappeTypeError):
				self.request("add_one_off", description="x", **values)
		self.assertEqual(state_of(self.order), before)

	def test_seats_that_are_no_whole_number_are_refused(self) -> None:
		before = state_of(self.order)
		for seats in ("many", "2.5", [2]):
			with self.subTest(seats=seats), self.assertRaises(FrappeTypeError):
				self.request("change_line", line="L1", seats=seats)
		self.assert_refuses("cannot have -1 seats", "change_line", line="L1", seats="-1")
		self.assertEqual(state_of(self.order), before)

	def test_days_that_cannot_be_are_refused(self) -> None:
		self.assert_refuses("is no date", "change_line", line="L1", seats=3, on="2026-02-30")
		self.assert_refuses("is no date", "pause", on="tomorrow")
		self.assert_refuses("has not come yet", "pause", on=str(add_days(nowdate(), 2)))
		factories.bill(self.order, clock.now())
		self.assert_refuses("is billed from", "change_line", line="L1", seats=3, on="2020-01-01")

	def test_lines_and_plans_that_are_not_the_orders_are_refused(self) -> None:
		other = factories.make_agent(PLATFORM)
		plan = factories.make_plan(other, PLATFORM)
		frappe.db.commit()
		self.assert_refuses("has no line L7 in force", "remove_line", line="L7")
		self.assert_refuses("Name the new plan", "change_line", line="L1")
		self.assert_refuses(f"is a plan for {other}", "change_line", line="L1", plan=plan)
		self.assert_refuses("not found", "change_line", line="L1", plan="no such plan")
		self.assert_refuses("not found", "add_line", agent="no such agent")
		self.assert_refuses("not paused", "resume")
		self.assert_refuses("no backlog", "approve_backlog")

	def test_a_change_on_a_day_to_come_begins_on_that_day(self) -> None:
		day = getdate(nowdate()) + timedelta(days=3)
		self.request("change_line", line="L1", seats=7, on=str(day))
		old, new = frappe.get_doc("Billing Order", self.order).lines
		self.assertEqual((old.seats, old.valid_until, new.seats, new.valid_from), (2, day, 7, day))

	def test_the_preview_is_the_invoice_that_the_run_then_makes(self) -> None:
		self.request("add_one_off", description="Workshop", amount="12.50")
		preview = self.request("preview")
		self.assertTrue(preview["is_due"])
		(invoice,) = (factories.bill(self.order, clock.now()), factories.invoices_of(self.order))[1]
		self.assertEqual(
			[float(line["amount"]) for line in preview["lines"]], [row.amount for row in invoice.items]
		)
		self.assertEqual(
			[line["explain"] for line in preview["lines"]], [row.computed_as for row in invoice.items]
		)
		self.assertEqual(float(preview["total_before_tax"]), invoice.net_total)

	def test_a_draft_shows_its_first_invoice_and_a_cancelled_order_none(self) -> None:
		self.order = factories.make_order({"agent": factories.make_agent(PLATFORM)}).name
		self.assertEqual(self.request("preview")["total_before_tax"], "99.00")
		self.request("cancel")
		self.assertEqual(self.request("preview")["lines"], [])


class TestFormsOfWhatIsInUse(SiteTestCase):
	"""A form sends 10 where the database has 10.0; that is no change."""

	def test_an_active_order_with_a_discount_takes_another_name(self) -> None:
		line = {"agent": factories.make_agent(PLATFORM), "rollover": "Capped", "rollover_cap": 50}
		discount = {"discount_type": "Percent", "discount_value": 10}
		order = factories.make_active_order(line, at=clock.now(), **discount)
		form = frappe.parse_json(frappe.get_doc("Billing Order", order).as_json())
		form["lines"][0]["rollover_cap"] = 50
		frappe.get_doc({**form, "discount_value": 10, "order_name": "Renamed"}).save()
		self.assertEqual(frappe.db.get_value("Billing Order", order, "order_name"), "Renamed")
		with self.assert_refused("Discount Value cannot be edited"):
			frappe.get_doc("Billing Order", order).update({"discount_value": 20}).save()

	def test_a_plan_in_use_gets_a_new_version_from_its_form(self) -> None:
		agent = factories.make_agent(PLATFORM)
		plan = factories.make_plan(agent, PLATFORM)
		factories.make_active_order({"agent": agent, "plan": plan}, at=clock.now())
		form = frappe.parse_json(frappe.get_doc("Agent Plan", plan).as_json())
		form["charges"][0]["price"] = 99
		copy = frappe.get_doc("Agent Plan", frappe.get_doc(form).new_version())
		self.assertEqual((copy.version, copy.previous_version, copy.charges[0].price), (2, plan, 99))
		self.assertTrue(frappe.db.get_value("Agent Plan", plan, "disabled"))
		form["charges"][0]["price"] = 98
		with self.assert_refused("its prices stay as they are"):
			frappe.get_doc(
				{**form, "disabled": 1, "modified": str(frappe.db.get_value("Agent Plan", plan, "modified"))}
			).save()


class TestPreviewOfUsage(SiteTestCase):
	def test_usage_so_far_and_late_usage_are_shown_and_left_unclaimed(self) -> None:
		agent = factories.make_agent(usage_charge(factories.make_metric(), rate=0.5))
		order = factories.make_active_order({"agent": agent}, at=clock.parse("2026-01-01T00:00:00+00:00"))
		factories.record_usage(order, 10, "2026-01-10T00:00:00Z")
		factories.bill(order, clock.parse("2026-02-01T06:00:00+00:00"))
		factories.record_usage(order, 4, "2026-01-20T00:00:00Z")
		factories.record_usage(order, 6, "2026-02-03T00:00:00Z")
		preview = orders.preview(order)
		self.assertEqual(
			[(line["quantity"], line["amount"]) for line in preview["lines"]], [("6", "3.00"), ("4", "2.00")]
		)
		self.assertEqual(preview["billing_date"], "2026-03-01")
		filters = {"ai_agent": agent, "billing_period": ["is", "not set"]}
		self.assertEqual(frappe.db.count("Usage Event", filters), 2)
		factories.bill(order, clock.parse("2026-03-01T06:00:00+00:00"))
		billed = factories.invoices_of(order)[-1]
		self.assertEqual([row.amount for row in billed.items], [3, 2])


def make_user(*roles: str) -> str:
	"""A desk user of its own with these roles."""
	user = frappe.new_doc("User")
	user.update(
		{
			"email": f"{frappe.generate_hash(length=8)}@example.com",
			"first_name": "Test",
			"send_welcome_email": 0,
		}
	)
	for role in roles:
		user.append("roles", {"role": role})
	user.insert()
	frappe.db.commit()
	return user.name
