"""An order's life in the desk: made, activated, changed, looked at ahead, and billed."""

from __future__ import annotations

import re
from typing import Any

import pytest


def test_a_person_makes_an_order_and_activates_it(desk: Any, world: dict[str, str]) -> None:
	desk.open_new("Billing Order")
	desk.type("order_name", "Made by hand")
	desk.choose("customer", world["customer"])
	desk.wait_for("currency", world["currency"])
	desk.add_row("lines")
	desk.choose_in_row("lines", "agent", world["agent"])
	desk.choose_in_row("lines", "plan", world["plan"])
	desk.save()
	assert desk.value("status") == "Draft"
	assert "A draft bills nothing" in desk.headline()
	desk.act("Activate")
	desk.wait_for("status", "Active")
	desk.wait_for_headline("Next invoice on")
	assert desk.errors == []


def test_the_plans_on_offer_are_those_of_the_agent(desk: Any, world: dict[str, str]) -> None:
	other = desk.make("AI Agent", agent_name=f"Other {world['agent']}")
	charge = {"charge": "platform", "charge_type": "Platform Fee", "model": "Flat", "price": 1}
	foreign = desk.make(
		"Agent Plan",
		plan_name=f"Other {world['plan']}",
		agent=other,
		currency=world["currency"],
		charges=[charge],
	)
	desk.open_new("Billing Order")
	desk.add_row("lines")
	desk.choose_in_row("lines", "agent", world["agent"])
	offered = desk.offered_in_row("lines", "plan")
	assert world["plan"] in offered
	assert foreign not in offered


def test_seats_change_by_the_dialog_and_the_next_invoice_shows_it(desk: Any, draft: str) -> None:
	desk.call("paygent_billing.api.orders.activate", order=draft)
	desk.open_form("Billing Order", draft)
	desk.change("Plan or seats")
	desk.type("seats", "5", within=".modal.show")
	desk.confirm()
	desk.page.wait_for_function("() => cur_frm.doc.lines.some(row => row.seats === 5)")
	preview = desk.next_invoice()
	assert "Platform fee" in preview
	assert re.search(r"5 x 10\.00", preview), preview
	assert desk.errors == []


def test_fields_that_are_prices_or_dates_are_locked_once_the_order_is_active(desk: Any, draft: str) -> None:
	desk.open_form("Billing Order", draft)
	assert desk.is_editable("billing_day")
	desk.act("Activate")
	desk.wait_for("status", "Active")
	desk.page.wait_for_function("() => cur_frm.get_field('billing_day').disp_status === 'Read'")
	assert not desk.is_editable("billing_day")
	assert desk.is_editable("order_name")


def test_ending_by_the_workflow_button_asks_for_the_last_day(desk: Any, draft: str) -> None:
	desk.call("paygent_billing.api.orders.activate", order=draft)
	desk.open_form("Billing Order", draft)
	desk.act("End Order")
	desk.page.wait_for_selector(".modal.show [data-fieldname='last_day'] input:visible")
	assert desk.value("status") == "Active"
	desk.confirm()
	desk.wait_for("status", "Ended")
	assert desk.errors == []


def test_after_a_billing_run_the_invoice_is_among_the_orders_connections(desk: Any, draft: str) -> None:
	desk.call("paygent_billing.api.orders.activate", order=draft)
	desk.open_form("Billing Order", draft)
	desk.click("Bill now")
	desk.page.wait_for_function("() => cur_frm.doc.billed_on")
	desk.page.locator(
		".page-container:visible .document-link[data-doctype='Sales Invoice'] .badge-link"
	).click()
	desk.page.wait_for_function(
		"() => window.cur_list && cur_list.doctype === 'Sales Invoice' && cur_list.data.length === 1"
	)
	invoice = desk.page.evaluate("() => cur_list.data[0].name")
	desk.open_form("Sales Invoice", invoice)
	assert desk.value("billing_order") == draft
	assert desk.value("net_total") == 119


@pytest.mark.parametrize("doctype", ["Billing Order", "AI Agent", "Agent Plan"])
def test_lists_and_workspace_open_without_an_error(desk: Any, draft: str, doctype: str) -> None:
	desk.open_list(doctype)
	desk.open_workspace("Agent Billing")
	assert desk.errors == []
