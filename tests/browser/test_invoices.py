"""What accounts does with an invoice in the desk: written by hand, opened, edited, paid, given back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

MODAL = ".modal.show"


@pytest.fixture
def customer(desk: Any) -> str:
	name = f"Browser Customer {uuid.uuid4().hex[:6]}"
	return desk.make("Customer", customer_name=name, customer_type="Company")


@pytest.fixture
def company(desk: Any) -> str:
	"""The default company, with a bank account for payments."""
	name = desk.page.evaluate("() => frappe.defaults.get_default('company')")
	ours = {"doctype": "Company", "filters": {"name": name}, "fieldname": ["default_bank_account", "abbr"]}
	known = desk.call("frappe.client.get_value", **ours)
	if not known["default_bank_account"]:
		parent = f"Bank Accounts - {known['abbr']}"
		values = {"account_name": "Browser Bank", "company": name, "parent_account": parent}
		bank = desk.make("Account", account_type="Bank", **values)
		named = {"doctype": "Company", "name": name, "fieldname": "default_bank_account"}
		desk.call("frappe.client.set_value", value=bank, **named)
	return name


def issue(desk: Any, customer: str, company: str) -> str:
	values = {"customer": customer, "company": company, "tax": "0", "due_date": "2099-12-31"}
	values["lines"] = [{"description": "Workshop", "quantity": "3", "rate": "33.00"}]
	return desk.call("paygent_billing.api.invoices.one_off", values=values, is_opened=1)["name"]


def choose(desk: Any, action: str) -> None:
	"""Clicks an entry of the form's menu Billing."""
	menu = desk.page.locator(".page-container:visible .inner-group-button[data-label='Billing']")
	menu.locator("button").click()
	menu.locator("a:visible", has_text=action).first.click()
	desk.page.wait_for_selector(f"{MODAL} .modal-title:visible")


def state_shown(desk: Any, state: str) -> None:
	desk.page.wait_for_selector(f".page-container:visible .indicator-pill:has-text('{state}')")


def test_a_one_off_invoice_shows_its_total_while_it_is_written(desk: Any, customer: str) -> None:
	desk.open_list("Sales Invoice")
	desk.page.click("button:visible:has-text('New one-off invoice')")
	desk.page.wait_for_selector(f"{MODAL} .modal-title:has-text('New one-off invoice')")
	desk.choose("customer", customer, within=MODAL)
	row = desk.page.locator(f"{MODAL} [data-fieldname='lines'] .grid-row[data-idx='1']")
	for fieldname, value in (("description", "Workshop"), ("quantity", "3"), ("rate", "33.00")):
		row.locator(f"[data-fieldname='{fieldname}']").first.click()
		box = row.locator(f"[data-fieldname='{fieldname}'] input, [data-fieldname='{fieldname}'] textarea")
		box.first.fill(value)
		box.first.press("Tab")
	desk.page.locator(f"{MODAL} [data-fieldname='taxes'] select").select_option("none")
	desk.type("discount", "0.01", within=MODAL)
	total = desk.page.locator(f"{MODAL} .one-off-totals")
	total.wait_for()
	desk.page.wait_for_function("() => /98\\.99/.test(document.querySelector('.one-off-totals').innerText)")
	assert "99.00" in total.inner_text()
	desk.page.click(f"{MODAL} button:has-text('Save as draft')")
	desk.page.wait_for_function("() => window.cur_frm && cur_frm.docname.startsWith('DRAFT-')")
	state_shown(desk, "Draft")
	desk.page.click(".page-container:visible .page-head .primary-action:visible:has-text('Open')")
	desk.page.wait_for_selector(f"{MODAL} .modal-title:visible")
	desk.confirm()
	state_shown(desk, "Open")
	assert desk.page.evaluate("() => [cur_frm.doc.docstatus, cur_frm.doc.grand_total]") == [1, 98.99]
	assert desk.errors == []


def test_an_issued_invoice_is_edited_paid_and_given_back(desk: Any, customer: str, company: str) -> None:
	name = issue(desk, customer, company)
	desk.open_form("Sales Invoice", name)
	state_shown(desk, "Open")
	choose(desk, "Edit")
	desk.type("memo", "Call first", within=MODAL)
	desk.page.fill(f"{MODAL} [data-fieldname='reason'] textarea", "A forgotten memo")
	desk.confirm()
	desk.page.wait_for_function("name => cur_frm.docname === `${name}-1` && cur_frm.doc.memo", arg=name)
	state_shown(desk, "Open")
	desk.wait_for_headline(f"Replaces {name}")
	choose(desk, "Record payment")
	assert desk.page.input_value(f"{MODAL} [data-fieldname='amount'] input") == "99.00"
	desk.type("reference", "Transfer 7", within=MODAL)
	desk.confirm()
	state_shown(desk, "Paid")
	desk.wait_for_headline("Receipt RCT-")
	choose(desk, "Refund")
	desk.page.fill(f"{MODAL} [data-fieldname='reason'] textarea", "Cancelled in time")
	desk.confirm()
	desk.page.wait_for_selector(f"{MODAL}", state="detached")
	found = desk.call(
		"frappe.client.get_value",
		doctype="Sales Invoice",
		filters={"refund_of": f"{name}-1"},
		fieldname="grand_total",
	)
	assert found["grand_total"] == -99.0
	assert desk.errors == []


def test_only_what_the_state_knows_is_offered(desk: Any, customer: str, company: str) -> None:
	name = issue(desk, customer, company)
	desk.open_form("Sales Invoice", name)
	state_shown(desk, "Open")
	menu = desk.page.locator(".page-container:visible .inner-group-button[data-label='Billing']")
	menu.locator("button").click()
	offered = ["Edit", "Mark as paid", "Record payment", "Void", "Mark uncollectible"]
	assert menu.locator("a:visible").all_inner_texts() == offered
	desk.call("paygent_billing.api.invoices.void_unpaid", invoice=name, reason="Wrong customer")
	desk.page.evaluate("() => cur_frm.reload_doc()")
	state_shown(desk, "Void")
	desk.wait_for_headline("Reason: Wrong customer")
	assert desk.page.locator(".page-container:visible button:visible:has-text('Amend')").count() == 0
	assert menu.count() == 0 or not menu.is_visible()
