"""Orders that cannot be billed, whatever is wrong with them, and a database that goes away."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import frappe
import pymysql

from paygent_billing.services.billing import retry
from paygent_billing.services.billing.outcome import RunReport, State
from paygent_billing.services.billing.run import bill_each
from paygent_billing.tests.factories import PLATFORM, invoices_of, make_active_order, make_agent
from paygent_billing.tests.site_case import SiteTestCase, utc


def _set(**values: object) -> Callable[[str], None]:
	return lambda order: frappe.db.set_value("Billing Order", order, values, update_modified=False)


def _set_line(**values: object) -> Callable[[str], None]:
	return lambda order: frappe.db.set_value("Order Line", {"parent": order}, values, update_modified=False)


def _item_of(order: str) -> str:
	agent = frappe.db.get_value("Order Line", {"parent": order}, "agent")
	return frappe.db.get_value("AI Agent", agent, "item")


def _break_charge(order: str) -> None:
	agent = frappe.db.get_value("Order Line", {"parent": order}, "agent")
	frappe.db.set_value("Plan Charge", {"parent": agent}, "model", "Nope")
	frappe.clear_document_cache("AI Agent", agent)


POISON: dict[str, Callable[[str], object]] = {
	"position that is no JSON": _set(position="{nope"),
	"position of another shape": _set(position="[1, 2]"),
	"time zone that is gone": _set(time_zone="Mars/Olympus"),
	"no start": _set(start_date=None),
	"unit of no calendar": _set(interval_unit="Fortnight"),
	"currency that is gone": _set(currency="XXX"),
	"company that is gone": _set(company="gone"),
	"tax template that is gone": _set(taxes_and_charges="gone"),
	"customer that is gone": _set(customer="gone"),
	"agent that is gone": _set_line(agent="gone"),
	"plan that is gone": _set_line(pricing="Standard", plan="gone"),
	"model that is none": _break_charge,
	"item that is disabled": lambda order: frappe.db.set_value("Item", _item_of(order), "disabled", 1),
	"item that is gone": lambda order: frappe.db.delete("Item", {"name": _item_of(order)}),
	"order that is gone": lambda order: frappe.db.delete("Billing Order", {"name": order}),
}


class TestPoison(SiteTestCase):
	def test_no_poison_stops_the_others_and_the_figures_add_up(self) -> None:
		orders = [make_active_order({"agent": make_agent(PLATFORM)}, at=utc(2026, 1, 1)) for _ in POISON]
		healthy = [make_active_order(at=utc(2026, 1, 1)) for _number in range(2)]
		for order, spoil in zip(orders, POISON.values(), strict=True):
			spoil(order)
		frappe.db.commit()
		self.addCleanup(_put_away, orders)
		report = RunReport.of(bill_each([healthy[0], *orders, healthy[1]], utc(2026, 1, 5)))
		figures = report.figures()
		self.assertEqual((figures["due"], figures["billed"]), (len(POISON) + 2, 2))
		self.assertEqual(figures["failed"], len(POISON))
		for outcome, name in zip(report.outcomes[1:-1], POISON, strict=True):
			with self.subTest(name):
				self._assert_says_why(outcome, is_there=name != "order that is gone")
		self.assertEqual([len(invoices_of(order)) for order in healthy], [1, 1])

	def _assert_says_why(self, outcome: object, *, is_there: bool) -> None:
		self.assertIs(outcome.state, State.FAILED)
		self.assertTrue(outcome.reason)
		if is_there:
			stored = frappe.db.get_value("Billing Order", outcome.order, ["last_error", "failed_attempts"])
			self.assertEqual(stored, (outcome.reason, 1))
		self.assertEqual(invoices_of(outcome.order), [])


class TestLostConnection(SiteTestCase):
	def test_a_server_that_restarts_is_waited_for(self) -> None:
		order = make_active_order(at=utc(2026, 1, 1))
		frappe.db.commit()
		connect, refused = frappe.db.connect, []

		def connect_late() -> None:
			if len(refused) < 2:
				refused.append(1)
				raise pymysql.err.OperationalError(2003, "Can't connect to MySQL server")
			connect()

		kill_own_connection()
		with patch.object(frappe.db, "connect", connect_late), patch.object(retry.time, "sleep"):
			outcomes = list(bill_each([order], utc(2026, 1, 5)))
		self.assertEqual((outcomes[0].state, len(refused)), (State.BILLED, 2))
		self.assertEqual(len(invoices_of(order)), 1)


def kill_own_connection() -> None:
	"""Ends this process's connection from another one, as a server does that goes down."""
	number = frappe.db.sql("select connection_id()")[0][0]
	other = frappe.db.get_connection()
	other.cursor().execute(f"kill {int(number)}")
	other.close()


def _put_away(orders: list[str]) -> None:
	"""No other test meets what cannot be read."""
	frappe.db.delete("Order Line", {"parent": ["in", orders]})
	frappe.db.delete("Billing Order", {"name": ["in", orders]})
	frappe.db.commit()
