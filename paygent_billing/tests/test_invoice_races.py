"""Two people at the same invoice at once: what the second decides on is what the first has left."""

from __future__ import annotations

import json
import subprocess
import sys

import frappe

from paygent_billing.api import invoices as api
from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.tests.invoices import invoice, make_invoice_that_is, one_off, status_of
from paygent_billing.tests.site_case import SiteTestCase

PROGRAM = """
import json, sys
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
frappe.get_attr("paygent_billing.api.invoices." + sys.argv[2])(**json.loads(sys.argv[3]))
frappe.db.commit()
"""


class TestTwoAtOnce(SiteTestCase):
	"""A request's transaction begins before it asks for the invoice: as it signs its user in."""

	def begin_and_let_another(self, state: str, method: str, **values: object) -> str:
		"""An invoice in that state, which another process has changed since this transaction began."""
		name = make_invoice_that_is(state)
		frappe.db.commit()
		frappe.db.get_value("Sales Invoice", name, "name")
		self.let_another(method, invoice=name, **values)
		return name

	def let_another(self, method: str, **values: object) -> None:
		command = [sys.executable, "-c", PROGRAM, frappe.local.site, method, json.dumps(values)]
		subprocess.run(command, cwd=frappe.local.sites_path, check=True, timeout=120)

	def test_two_payments_of_a_part_both_count(self) -> None:
		name = self.begin_and_let_another("open", "record_payment", amount="60", on="2026-02-10")
		api.record_payment(name, "30", on="2026-02-10")
		self.assertEqual(invoice(name).outstanding_amount, 9.0)

	def test_what_is_paid_twice_stays_on_the_customers_account(self) -> None:
		name = self.begin_and_let_another("open", "record_payment", amount="60", on="2026-02-10")
		api.record_payment(name, "60", on="2026-02-10")
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("paid", 0.0))
		filters = {"party": invoice(name).customer, "docstatus": 1}
		payments = frappe.get_all("Payment Entry", filters=filters, pluck="unallocated_amount")
		self.assertEqual(sorted(payments), [0.0, 21.0])

	def test_it_is_refunded_once(self) -> None:
		name = self.begin_and_let_another("paid", "refund", reason="Of no use", on="2026-02-10")
		with self.assert_refused("is refunded already"):
			api.refund(name, "Of no use", on="2026-02-10")
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Sales Invoice", {"refund_of": name, "docstatus": 1}), 1)

	def test_it_is_given_back_in_parts_up_to_what_it_came_to(self) -> None:
		name = self.begin_and_let_another("paid", "refund", reason="Late", amount="60", on="2026-02-10")
		with self.assert_refused("cannot be refunded like this"):
			api.refund(name, "Late", amount="60", on="2026-02-10")
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Sales Invoice", {"refund_of": name, "docstatus": 1}), 1)

	def test_what_lies_on_an_account_settles_one_of_two_invoices(self) -> None:
		paid = make_invoice_that_is("paid")
		customer = invoice(paid).customer
		drafts = [make_one_off(one_off(customer=customer)) for _number in range(2)]
		note = api.refund(paid, "Of no use", pays_back=False, on="2026-02-10")["credit_note"]
		frappe.db.commit()
		frappe.db.get_value("Sales Invoice", note, "name")
		self.let_another("open_draft", invoice=drafts[0])
		name = api.open_draft(drafts[1])["name"]
		self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("open", 99.0))
		self.assertEqual(invoice(note).outstanding_amount, 0.0)

	def test_a_key_that_was_sent_twice_at_once_counts_once(self) -> None:
		values = {"amount": "40", "on": "2026-02-10", "key": frappe.generate_hash()}
		name = self.begin_and_let_another("open", "record_payment", **values)
		self.assertEqual(api.record_payment(name, **values)["due"], "59.00")
		self.assertEqual(frappe.db.count("Payment Entry", {"billing_key": values["key"]}), 1)

	def test_the_key_of_another_invoices_payment_is_refused(self) -> None:
		first, second = make_invoice_that_is("open"), make_invoice_that_is("open")
		values = {"amount": "40", "on": "2026-02-10", "key": frappe.generate_hash()}
		api.record_payment(first, **values)
		with self.assert_refused("was used for another payment", frappe.DuplicateEntryError):
			api.record_payment(second, **values)
		with self.assert_refused("was used for another payment", frappe.DuplicateEntryError):
			api.record_payment(first, **values | {"amount": "41"})
		self.assertEqual([invoice(name).outstanding_amount for name in (first, second)], [59.0, 99.0])
