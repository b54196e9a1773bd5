"""The ledger's own machinery around the invoices: deferral, payment terms, dimensions, ways to settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from paygent_billing.services.invoices.void import void_invoice
from paygent_billing.services.replay.books import company_for
from paygent_billing.services.usage.overage import CreditsUsedUp
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	PLATFORM,
	SEATS,
	bill,
	invoices_of,
	make_active_order,
	make_agent,
	make_customer,
	make_metric,
	make_plan,
	record_usage,
	unique,
	usage_charge,
)
from paygent_billing.tests.site_case import SiteTestCase, utc


class TestDeferredRevenue(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		agent = make_agent(PLATFORM, SEATS, usage_charge(make_metric(), 1))
		item = frappe.get_doc("Item", frappe.db.get_value("AI Agent", agent, "item"))
		item.enable_deferred_revenue = 1
		item.save()
		company = company_for("USD")
		self.account = _deferred_account(company)
		frappe.db.set_value("Company", company, "default_deferred_revenue_account", self.account)
		frappe.clear_document_cache("Company", company)
		self.order = make_active_order({"agent": agent, "seats": 3}, at=utc(2026, 1, 1))

	def _deferred(self, number: int) -> list[tuple[str, int]]:
		return [
			(row.billing_charge, row.enable_deferred_revenue) for row in invoices_of(self.order)[number].items
		]

	def test_fees_in_advance_are_deferred_and_usage_of_days_gone_by_is_earned(self) -> None:
		record_usage(self.order, 10, "2026-01-10T00:00:00Z")
		bill(self.order, utc(2026, 1, 1))
		bill(self.order, utc(2026, 2, 1))
		self.assertEqual(self._deferred(0), [("platform", 1), ("seats", 1)])
		self.assertEqual(self._deferred(1), [("usage", 0), ("platform", 1), ("seats", 1)])
		invoice = invoices_of(self.order)[1]
		deferred = {"voucher_no": invoice.name, "account": self.account}
		self.assertEqual(frappe.db.get_value("GL Entry", deferred, "credit"), 129.0)
		self.assertEqual(str(invoice.items[1].service_start_date), "2026-02-01")

	def test_a_backlog_is_earned_where_its_days_are_over(self) -> None:
		self.assertEqual(len(bill(self.order, utc(2026, 2, 10)).invoices), 2)
		self.assertEqual(self._deferred(0), [("platform", 0), ("seats", 0)])
		self.assertEqual(self._deferred(1), [("platform", 1), ("seats", 1)])


class TestCustomersInErpnext(SiteTestCase):
	def test_the_due_date_is_the_orders_whatever_payment_terms_the_customer_has(self) -> None:
		terms = frappe.new_doc("Payment Terms Template")
		terms.template_name = unique("Terms")
		for days in (10, 60):
			due = {"due_date_based_on": "Day(s) after invoice date", "credit_days": days}
			terms.append("terms", {"invoice_portion": 50, **due})
		customer = make_customer()
		frappe.db.set_value("Customer", customer, "payment_terms", terms.insert().name)
		order = make_active_order(at=utc(2026, 1, 1), customer=customer, payment_due_days=14)
		bill(order, utc(2026, 1, 1))
		invoice = invoices_of(order)[0]
		schedule = [(str(row.due_date), row.payment_amount) for row in invoice.payment_schedule]
		self.assertEqual((str(invoice.due_date), schedule), ("2026-01-15", [("2026-01-15", 99.0)]))

	def test_a_new_customer_under_a_name_that_was_another_ones_has_a_wallet_of_its_own(self) -> None:
		name = make_customer()
		grant_credits(NewCredits(name, "USD", Decimal(50)), reason="Welcome", on=date(2026, 1, 1))
		old = frappe.rename_doc("Customer", name, f"{name} Ltd")
		new = frappe.new_doc("Customer")
		new.update({"customer_name": name, "customer_type": "Company"})
		self.assertEqual(new.insert().name, name)
		grant_credits(NewCredits(name, "USD", Decimal(7)), reason="Welcome", on=date(2026, 1, 2))
		self.assertEqual((_balance(old), _balance(name)), ((50.0, 0.0), (7.0, 0.0)))

	def test_dimensions_that_the_company_wants_on_every_entry_are_filled_in(self) -> None:
		department = {"doctype": "Department", "department_name": unique("D"), "company": company_for("USD")}
		name = frappe.get_doc(department).insert().name
		defaults = ([frappe._dict(fieldname="department")], {company_for("USD"): {"department": name}})
		path = "paygent_billing.services.billing.dimensions"
		with _replaced(frappe.get_module(path), "get_dimensions", lambda: defaults):
			values = frappe.get_attr(f"{path}.default_dimensions").__wrapped__(company_for("USD"))
		self.assertEqual(values, {"department": name})

	def test_an_invoice_in_another_currency_than_its_account_can_be_void(self) -> None:
		frappe.db.set_value("Currency", "EUR", "enabled", 1)
		if not frappe.db.exists("Currency Exchange", {"from_currency": "EUR", "date": "2026-01-01"}):
			rate = {"from_currency": "EUR", "to_currency": "USD", "exchange_rate": 1.0857}
			frappe.get_doc({"doctype": "Currency Exchange", "date": "2026-01-01", **rate}).insert()
		agent = make_agent()
		plan = make_plan(agent, PLATFORM, currency="EUR")
		with one_account_for_all_currencies():
			order = make_active_order({"agent": agent, "plan": plan}, at=utc(2026, 1, 1), currency="EUR")
			bill(order, utc(2026, 1, 1))
			invoice = invoices_of(order)[0]
			self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (99.0, 107.48))
			void_invoice(invoice.name)
			frappe.db.commit()
		self.assertEqual(frappe.db.get_value("Billing Period", {"billing_order": order}, "state"), "Void")


class TestSettled(SiteTestCase):
	"""Whatever settles the invoice decides over the credits that it granted."""

	def setUp(self) -> None:
		super().setUp()
		order = make_active_order({"agent": make_agent({**PLATFORM, "credits": 50})}, at=utc(2026, 1, 1))
		bill(order, utc(2026, 1, 1))
		self.invoice = invoices_of(order)[0]
		self.customer = self.invoice.customer

	def test_an_advance_that_is_reconciled_later_releases_them_and_taken_off_again_holds_them(self) -> None:
		payment = self._advance()
		self.assertEqual(_balance(self.customer), (0.0, 50.0))
		for _time in range(2):
			self._reconcile()
			self.assertEqual(_balance(self.customer), (50.0, 0.0))
			self._unreconcile(payment)
			self.assertEqual(_balance(self.customer), (0.0, 50.0))

	def test_written_off_takes_them_back(self) -> None:
		entry = frappe.new_doc("Journal Entry")
		company = frappe.get_doc("Company", self.invoice.company)
		entry.update(
			{"company": company.name, "posting_date": "2026-01-08", "voucher_type": "Write Off Entry"}
		)
		loss = {"account": company.write_off_account, "cost_center": company.cost_center}
		entry.append("accounts", {**loss, "debit_in_account_currency": 99})
		party = {"account": self.invoice.debit_to, "party_type": "Customer", "party": self.customer}
		reference = {"reference_type": "Sales Invoice", "reference_name": self.invoice.name}
		entry.append("accounts", {**party, **reference, "credit_in_account_currency": 99})
		entry.submit()
		self.assertEqual(_balance(self.customer), (0.0, 0.0))

	def test_a_credit_note_for_all_of_it_takes_them_back(self) -> None:
		note = make_sales_return(self.invoice.name)
		note.update_outstanding_for_self = 0
		note.submit()
		self.assertEqual(_balance(self.customer), (0.0, 0.0))

	def _advance(self) -> str:
		bank = frappe.db.get_value("Company", self.invoice.company, "default_bank_account")
		payment = frappe.new_doc("Payment Entry")
		payment.update({"payment_type": "Receive", "party_type": "Customer", "party": self.customer})
		payment.update({"company": self.invoice.company, "posting_date": "2026-01-03"})
		payment.update({"paid_from": self.invoice.debit_to, "paid_to": bank})
		payment.update({"paid_amount": 99, "received_amount": 99, "target_exchange_rate": 1})
		payment.update({"reference_no": "1", "reference_date": "2026-01-03"})
		payment.submit()
		return payment.name

	def _reconcile(self) -> None:
		tool = frappe.get_doc({"doctype": "Payment Reconciliation", "company": self.invoice.company})
		tool.update({"party_type": "Customer", "party": self.customer})
		tool.receivable_payable_account = self.invoice.debit_to
		tool.get_unreconciled_entries()
		rows = {"invoices": tool.invoices, "payments": tool.payments}
		tool.allocate_entries(
			frappe._dict({key: [row.as_dict() for row in found] for key, found in rows.items()})
		)
		tool.reconcile()

	def _unreconcile(self, payment: str) -> None:
		undo = frappe.get_doc({"doctype": "Unreconcile Payment", "company": self.invoice.company})
		undo.update({"voucher_type": "Payment Entry", "voucher_no": payment})
		undo.add_references()
		undo.submit()


class TestBlockedUsage(SiteTestCase):
	def test_usage_at_the_same_moment_does_not_spend_the_same_credits(self) -> None:
		customer, agent = make_customer(), make_agent(usage_charge(make_metric(), 1))
		order = make_active_order({"agent": agent, "overage": "Block"}, at=utc(2026, 1, 1), customer=customer)
		grant_credits(NewCredits(customer, "USD", Decimal(10)), reason="Welcome", on=date(2026, 1, 1))
		frappe.db.commit()
		self.assertEqual(frappe.db.count("Usage Event", {"customer": customer}), 0)  # this fixes what is seen
		_on_another_connection(lambda: record_usage(order, 8, "2026-01-10T00:00:00Z"))
		with self.assert_refused("are used up", CreditsUsedUp):
			record_usage(order, 8, "2026-01-11T00:00:00Z")


def _on_another_connection(act: Callable[[], object]) -> None:
	own = frappe.local.db
	frappe.connect(set_admin_as_user=False)
	try:
		act()
	finally:
		frappe.local.db.close()
		frappe.local.db = own


def _balance(customer: str) -> tuple[float, float]:
	return frappe.db.get_value("Prepaid Wallet", {"customer": customer}, ["available", "pending"])


def _deferred_account(company: str) -> str:
	name = {"company": company, "account_name": "Deferred Fees"}
	known = frappe.db.get_value("Account", name)
	if known:
		return known
	parent = {"company": company, "account_name": "Current Liabilities"}
	return (
		frappe.get_doc(
			{"doctype": "Account", **name, "parent_account": frappe.db.get_value("Account", parent)}
		)
		.insert()
		.name
	)


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
	before = getattr(owner, name)
	setattr(owner, name, value)
	try:
		yield
	finally:
		setattr(owner, name, before)


@contextmanager
def one_account_for_all_currencies() -> Iterator[None]:
	setting = ("Accounts Settings", "allow_multi_currency_invoices_against_single_party_account")
	frappe.db.set_single_value(*setting, 1)
	try:
		yield
	finally:
		frappe.db.set_single_value(*setting, 0)
		frappe.db.commit()
