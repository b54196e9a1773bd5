"""Ways into an invoice other than its actions: a paid one stays as it is, and none is ever deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import product
from urllib.parse import quote

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.desk.form.save import savedocs
from frappe.model.rename_doc import update_document_title

from paygent_billing.api import invoices as api
from paygent_billing.services.billing.grace_draft import refresh_draft
from paygent_billing.tests.factories import (
	bill,
	make_active_order,
	make_agent,
	make_metric,
	make_order,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.invoices import invoice, make_invoice_that_is
from paygent_billing.tests.site_case import SiteTestCase, utc
from paygent_billing.tests.web import WebSite, make_key

CHANGES = {
	"due_date": "2036-01-01",
	"contract_id": "Forged",
	"memo": "Forged",
	"billing_status": "paid",
	"billing_origin": "",
	"billing_order": "Forged",
	"replaced_by": "Forged",
	"customer_name": "Forged",
	"grand_total": 1,
	"outstanding_amount": 0,
}
STATES = ("open", "paid", "uncollectible", "void")
LOOKED_AT = ["name", "docstatus", *CHANGES, "total"]


def all_of(name: str) -> tuple[object, ...]:
	row = frappe.db.get_value("Sales Invoice", name, LOOKED_AT)
	items = frappe.get_all(
		"Sales Invoice Item", {"parent": name}, ["name", "rate", "description"], order_by="idx asc"
	)
	return row, [tuple(item.values()) for item in items]


class TestInvoiceDoors(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.invoices = {state: make_invoice_that_is(state) for state in STATES}
		frappe.db.commit()

	def _try(self, name: str, act: Callable[[], object]) -> None:
		"""Whatever the door does or raises, the invoice is as before."""
		before = all_of(name)
		try:
			act()
			frappe.db.commit()
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError):
			frappe.db.rollback()
		frappe.clear_messages()
		self.assertEqual(all_of(name), before)

	def test_no_field_changes_by_client_methods(self) -> None:
		doors = (_set_value, _save, _bulk_update, _savedocs)
		for (state, name), door in product(self.invoices.items(), doors):
			for field, value in CHANGES.items():
				with self.subTest(state=state, field=field, door=door.__name__):
					self._try(name, partial(door, name, field, value))

	def test_a_draft_is_a_draft_whatever_a_request_says(self) -> None:
		draft = make_invoice_that_is("draft")
		frappe.db.commit()
		_set_value(draft, "billing_status", "paid")
		self.assertEqual(invoice(draft).billing_status, "draft")
		paid = self.invoices["paid"]
		for field, value, message in (
			("billing_origin", "", "Origin is written by the billing itself"),
			("billing_origin", "Order", "Origin is written by the billing itself"),
			("billing_order", make_order().name, "Only the billing issues invoices of"),
			("billing_reason", "Forged", "Reason is written by the billing itself"),
			("replaced_by", paid, "Replaced by is written by the billing itself"),
			("refund_of", paid, "Refund of is written by the billing itself"),
		):
			with self.subTest(field), self.assert_refused(message):
				_set_value(draft, field, value)
			self.assertEqual(invoice(draft).billing_origin, "One-off")

	def test_a_draft_in_grace_is_left_to_the_billing(self) -> None:
		agent = make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent}, at=utc(2026, 1, 1), grace_hours=48)
		bill(order, utc(2026, 1, 1))
		record_usage(order, 5, "2026-01-10T00:00:00Z")
		draft = refresh_draft(order, moment=utc(2026, 2, 1))
		self.assertEqual((invoice(draft).billing_status, api.standing(draft)["actions"]), ("draft", []))
		for act in (
			lambda: api.open_draft(draft),
			lambda: api.edit(draft, {"memo": "x"}),
			lambda: frappe.delete_doc("Sales Invoice", draft),
		):
			with self.assert_refused("shows the next invoice of"):
				act()
			self.assertEqual((invoice(draft).total, invoice(draft).memo), (5.0, None))

	def test_no_line_is_changed_added_or_deleted_by_itself(self) -> None:
		for state, name in self.invoices.items():
			row = invoice(name).items[0].name
			for door, act in (
				("set_value", lambda row=row: frappe.client.set_value("Sales Invoice Item", row, "rate", 1)),
				("delete", lambda row=row: frappe.client.delete("Sales Invoice Item", row)),
				("insert", lambda name=name: frappe.client.insert(_row_of(name))),
			):
				with self.subTest(state=state, door=door):
					self._try(name, act)

	def test_none_is_deleted_renamed_or_amended(self) -> None:
		for state, name in self.invoices.items():
			for door, act in (
				("delete", lambda name=name: frappe.client.delete("Sales Invoice", name)),
				("force", lambda name=name: frappe.delete_doc("Sales Invoice", name, force=True)),
				(
					"rename",
					lambda name=name: frappe.rename_doc("Sales Invoice", name, f"{name} x", force=True),
				),
				("title", lambda name=name: _retitle(name)),
				("amend", lambda name=name: frappe.client.insert(_amended(name))),
			):
				with self.subTest(state=state, door=door):
					self._try(name, act)
			self.assertFalse(frappe.db.exists("Sales Invoice", {"amended_from": name}))

	def test_what_is_settled_is_not_cancelled(self) -> None:
		for state in ("paid", "uncollectible"):
			name = self.invoices[state]
			for door, act in (
				("client", lambda name=name: frappe.client.cancel("Sales Invoice", name)),
				("form", lambda name=name: invoice(name).cancel()),
			):
				with self.subTest(state=state, door=door):
					self._try(name, act)

	def test_over_http_by_both_versions_of_rest(self) -> None:
		key = {"Authorization": f"token {make_key('System Manager', 'Accounts Manager')}"}
		key["Content-Type"] = "application/json"
		with WebSite() as site:
			for state in ("paid", "open"):
				name, body = self.invoices[state], json.dumps(CHANGES).encode()
				v1, v2 = f"/api/resource/Sales Invoice/{name}", f"/api/v2/document/Sales Invoice/{name}"
				for method, path, sent in (
					("PUT", v1, body),
					("DELETE", v1, None),
					("PATCH", v2, body),
					("DELETE", v2, None),
					("POST", f"{v2}/method/db_set", json.dumps({"fieldname": "memo", "value": "x"}).encode()),
					("POST", f"{v2}/method/delete", b"{}"),
				):
					before = all_of(name)
					status, _text = site.call(method, quote(path), sent, key)
					frappe.db.rollback()
					with self.subTest(state=state, method=method, path=path):
						self.assertGreaterEqual(status, 400)
						self.assertEqual(all_of(name), before)

	def test_data_import_neither_updates_nor_makes_one(self) -> None:
		name = self.invoices["paid"]
		before, count = all_of(name), frappe.db.count("Sales Invoice")
		_import("Update Existing Records", [["ID", "Memo"], [name, "Forged"]])
		forged = ["Forged", invoice(name).customer, "One-off"]
		_import("Insert New Records", [["Memo", "Customer", "Origin"], forged])
		self.assertEqual((all_of(name), frappe.db.count("Sales Invoice")), (before, count))


def _set_value(name: str, field: str, value: object) -> object:
	return frappe.client.set_value("Sales Invoice", name, field, value)


def _save(name: str, field: str, value: object) -> object:
	return frappe.client.save({**invoice(name).as_dict(), field: value})


def _rename(name: str) -> object:
	return frappe.rename_doc("Sales Invoice", name, f"{name} x", force=True)


def _retitle(name: str) -> object:
	return update_document_title(doctype="Sales Invoice", docname=name, name=f"{name} x")


def _bulk_update(name: str, field: str, value: object) -> object:
	frappe.client.bulk_update(json.dumps([{"doctype": "Sales Invoice", "docname": name, field: value}]))


def _savedocs(name: str, field: str, value: object) -> object:
	document = {**invoice(name).as_dict(), field: value}
	return savedocs(json.dumps(document, default=str), "Update")


def _row_of(name: str) -> dict[str, object]:
	row = frappe.copy_doc(invoice(name).items[0]).as_dict()
	return {**row, "parent": name, "parenttype": "Sales Invoice", "parentfield": "items"}


def _amended(name: str) -> dict[str, object]:
	copy = frappe.copy_doc(invoice(name), ignore_no_copy=False).as_dict()
	return {**copy, "docstatus": 0, "amended_from": name}


def _import(kind: str, rows: list[list[str]]) -> None:
	record = frappe.new_doc("Data Import")
	record.update({"reference_doctype": "Sales Invoice", "import_type": kind, "mute_emails": 1})
	record.insert()
	content = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
	file = frappe.new_doc("File")
	file.update({"file_name": f"{frappe.generate_hash(length=8)}.csv", "content": content, "is_private": 1})
	file.insert()
	record.db_set("import_file", file.file_url)
	try:
		Importer("Sales Invoice", data_import=frappe.get_doc("Data Import", record.name)).import_data()
	finally:
		frappe.flags.in_import = False
