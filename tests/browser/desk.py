"""What a person does in the desk, in the words of the desk."""

from __future__ import annotations

import json
from typing import Any

OFFERED = ".awesomplete ul:not([hidden]) [role=option]:visible"

WRITE = """async ([method, values]) => {
	const answer = await fetch(`/api/method/${method}`, {
		method: "POST",
		headers: {"Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token},
		body: JSON.stringify(values),
	});
	return [answer.status, await answer.text()];
}"""


class Desk:
	"""A signed-in window."""

	def __init__(self, page: Any) -> None:
		self.page = page
		self.errors: list[str] = []
		page.on("pageerror", lambda error: self.errors.append(str(error)))

	def sign_in(self, user: str, password: str) -> None:
		self.page.goto("/login")
		self.page.fill("#login_email", user)
		self.page.fill("#login_password", password)
		self.page.click(".btn-login:visible")
		self.page.wait_for_function(
			"() => window.frappe && frappe.boot && frappe.router && frappe.router.current_route"
		)

	def call(self, method: str, **values: Any) -> Any:
		"""What the whitelisted method answers; AssertionError with its words when it refuses."""
		status, text = self.page.evaluate(WRITE, [method, values])
		assert status == 200, text
		return json.loads(text).get("message")

	def make(self, doctype: str, **values: Any) -> str:
		return self.call("frappe.client.insert", doc={"doctype": doctype, **values})["name"]

	def open_form(self, doctype: str, name: str) -> None:
		self._go(["Form", doctype, name])
		self.page.wait_for_function(
			"([doctype, name]) => window.cur_frm && cur_frm.doctype === doctype && cur_frm.docname === name"
			" && cur_frm.page.wrapper.is(':visible') && !cur_frm.is_new()",
			arg=[doctype, name],
		)

	def open_new(self, doctype: str) -> None:
		self.page.evaluate("doctype => { frappe.new_doc(doctype) }", doctype)
		self.page.wait_for_function(
			"doctype => window.cur_frm && cur_frm.doctype === doctype && cur_frm.is_new()"
			" && cur_frm.page.wrapper.is(':visible')",
			arg=doctype,
		)

	def open_list(self, doctype: str) -> None:
		self._go(["List", doctype, "List"])
		self.page.wait_for_function(
			"doctype => window.cur_list && cur_list.doctype === doctype && cur_list.data.length > 0",
			arg=doctype,
		)

	def choose(self, fieldname: str, value: str, within: str = "") -> None:
		"""Types into a link field and takes the value from the list that it offers."""
		box = self.page.locator(f"{within or self._form} [data-fieldname='{fieldname}'] input:visible").first
		self._take(box, value)

	def add_row(self, table: str) -> None:
		rows = self.page.locator(f"{self._form} [data-fieldname='{table}'] .grid-body .grid-row:visible")
		before = rows.count()
		self.page.locator(f"{self._form} [data-fieldname='{table}'] .grid-add-row:visible").click()
		rows.nth(before).wait_for()

	def choose_in_row(self, table: str, fieldname: str, value: str) -> None:
		"""Takes the value in the link field of the table's last row."""
		self._take(self._cell(table, fieldname), value)

	def offered_in_row(self, table: str, fieldname: str) -> str:
		"""All that the link field of the table's last row offers, as text."""
		self._cell(table, fieldname)
		self.page.wait_for_selector(OFFERED)
		return " ".join(self.page.locator(OFFERED).all_inner_texts())

	def type(self, fieldname: str, value: str, within: str = "") -> None:
		box = self.page.locator(f"{within or self._form} [data-fieldname='{fieldname}'] input:visible").first
		box.fill(value)
		box.press("Tab")

	def save(self) -> str:
		self.page.click(f"{self._visible} .page-head .primary-action:visible")
		self.page.wait_for_function("() => !cur_frm.is_new() && !cur_frm.is_dirty()")
		return self.page.evaluate("() => cur_frm.docname")

	def act(self, action: str) -> None:
		"""Clicks a workflow action in the form's own menu."""
		self.page.click(f"{self._visible} .actions-btn-group button:visible")
		self.page.locator(f"{self._visible} .actions-btn-group a:visible", has_text=action).click()

	def change(self, action: str) -> None:
		"""Clicks an entry of the form's menu Change."""
		self.page.click(f"{self._visible} .inner-group-button[data-label='Change'] button")
		self.page.locator(
			f"{self._visible} .inner-group-button[data-label='Change'] a:visible", has_text=action
		).click()
		self.page.wait_for_selector(".modal.show .modal-title:visible")

	def click(self, button: str) -> None:
		"""A button of the form's own."""
		self.page.click(f"{self._visible} .page-actions button:visible:has-text('{button}')")

	def confirm(self) -> None:
		"""The primary button of the dialog that is open."""
		self.page.click(".modal.show .btn-primary:visible, .modal.show .btn-modal-primary:visible")

	def wait_for(self, fieldname: str, value: Any) -> None:
		"""Until the form's document has this value."""
		self.page.wait_for_function(
			"([fieldname, value]) => window.cur_frm && cur_frm.doc[fieldname] == value",
			arg=[fieldname, value],
		)

	def value(self, fieldname: str) -> Any:
		return self.page.evaluate("fieldname => cur_frm.doc[fieldname]", fieldname)

	def is_editable(self, fieldname: str) -> bool:
		return self.page.evaluate(
			"fieldname => cur_frm.get_field(fieldname).disp_status === 'Write'", fieldname
		)

	def headline(self) -> str:
		return self.page.locator(".page-container:visible .form-message:visible").first.inner_text()

	def wait_for_headline(self, words: str) -> None:
		self.page.locator(".page-container:visible .form-message:visible", has_text=words).wait_for()

	def next_invoice(self) -> str:
		"""The text of the preview dialog."""
		self.click("Next invoice")
		table = self.page.locator(".modal.show .next-invoice table")
		table.wait_for()
		return table.inner_text()

	def open_workspace(self, name: str) -> None:
		self._go([name.lower().replace(" ", "-")])
		self.page.wait_for_selector(".page-container:visible .widget.links-widget-box")

	@property
	def _visible(self) -> str:
		return ".page-container:visible"

	@property
	def _form(self) -> str:
		return ".page-container:visible .form-layout"

	def _go(self, route: list[str]) -> None:
		self.page.evaluate("route => { frappe.set_route(route) }", route)

	def _cell(self, table: str, fieldname: str) -> Any:
		"""The input in a cell of the table's last row, opened by a click."""
		row = self.page.locator(f"{self._form} [data-fieldname='{table}'] .grid-body .grid-row:visible").last
		cell = row.locator(f"[data-fieldname='{fieldname}']").first
		cell.click()
		box = cell.locator("input:visible").first
		box.wait_for()
		box.click()
		return box

	def _take(self, box: Any, value: str) -> None:
		box.click()
		box.fill(value)
		self.page.locator(OFFERED, has_text=value).first.click()
		self.page.wait_for_function(
			"([box, value]) => box.value === value", arg=[box.element_handle(), value]
		)
