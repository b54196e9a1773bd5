"""Editing an invoice that is not paid: a draft in its place, an issued one by another in its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import frappe

from paygent_billing.services.invoices.edit import Edit, edit_invoice
from paygent_billing.services.invoices.edit_lines import LineEdit, TaxEdit
from paygent_billing.services.invoices.number import default_series
from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.services.invoices.payment import mark_as_paid, record_payment
from paygent_billing.services.orders import changes
from paygent_billing.services.replay.books import company_for
from paygent_billing.services.wallets.grant import grant_credits
from paygent_billing.services.wallets.new_credits import NewCredits
from paygent_billing.tests.factories import (
	PLATFORM,
	bill,
	invoices_of,
	lines_of,
	make_active_order,
	make_agent,
	make_metric,
	record_usage,
	usage_charge,
)
from paygent_billing.tests.invoices import invoice, ledger_of, make_invoice_that_is, one_off, status_of
from paygent_billing.tests.site_case import SiteTestCase, utc

WHY = "The customer moved"


class TestEditDraft(SiteTestCase):
	def test_a_draft_says_something_else_in_its_place(self) -> None:
		draft = make_invoice_that_is("draft")
		texts = {"contract_id": "C-9", "memo": "Call first", "customer_name": "Acme Ltd", "tax_id": "DE1"}
		texts |= {
			"gstin": "29ABCDE1234F1Z5",
			"place_of_supply": "29-Karnataka",
			"notes": "Thanks",
			"terms": "Net 30",
		}
		edit = Edit(date=date(2026, 2, 1), due_date=date(2026, 3, 1), texts=texts)
		self.assertEqual(edit_invoice(draft, edit, reason=""), draft)
		found = invoice(open_invoice(draft))
		self.assertEqual((str(found.posting_date), str(found.due_date)), ("2026-02-01", "2026-03-01"))
		self.assertEqual((found.contract_id, found.memo), ("C-9", "Call first"))
		self.assertEqual((found.customer_name, found.tax_id), ("Acme Ltd", "DE1"))
		self.assertEqual(found.billing_address_gstin, "29ABCDE1234F1Z5")
		self.assertEqual(
			(found.place_of_supply, found.remarks, found.terms), ("29-Karnataka", "Thanks", "Net 30")
		)

	def test_the_edited_name_survives_a_save_of_the_form(self) -> None:
		draft = make_invoice_that_is("draft")
		edit_invoice(draft, Edit(texts={"customer_name": "Acme Ltd"}), reason="")
		form = invoice(draft)
		form.memo = "Saved by hand"
		form.save()
		self.assertEqual((form.customer_name, form.memo), ("Acme Ltd", "Saved by hand"))


class TestEditLines(SiteTestCase):
	def test_lines_change_by_quantity_price_words_days_and_code(self) -> None:
		name = make_invoice_that_is("open")
		row = invoice(name).items[0].name
		line = LineEdit(
			row=row,
			description="Workshop & travel",
			quantity=Decimal("1.5"),
			rate=Decimal("80.333"),
			first_day=date(2026, 1, 5),
			last_day=date(2026, 1, 6),
			hsn="998314",
		)
		new = invoice(edit_invoice(name, Edit(lines=(line,)), reason=WHY))
		found = new.items[0]
		self.assertEqual((found.amount, found.billed_quantity, found.unit_price), (120.5, 1.5, 80.333))
		self.assertEqual((str(found.service_from), str(found.service_to)), ("2026-01-05", "2026-01-06"))
		self.assertEqual((found.gst_hsn_code, found.computed_as), ("998314", "1.5 x 80.333"))
		self.assertIn("Workshop &amp; travel", found.description)
		self.assertEqual(ledger_of(new.name), {"Debtors": 120.5, "Sales": -120.5})

	def test_lines_are_added_and_taken_off(self) -> None:
		name = make_invoice_that_is("open")
		lines = (
			LineEdit(description="Setup", rate=Decimal(20)),
			LineEdit(description="Travel", rate=Decimal(5)),
		)
		new = invoice(edit_invoice(name, Edit(lines=lines), reason=WHY))
		self.assertEqual([(row.idx, row.amount) for row in new.items], [(1, 20.0), (2, 5.0)])

	def test_taxes_are_percents_or_amounts(self) -> None:
		name = make_invoice_that_is("open")
		account = frappe.db.get_value("Account", {"company": company_for("USD"), "account_type": "Tax"})
		taxes = (
			TaxEdit(account, "VAT", rate=Decimal(20)),
			TaxEdit(account, "Levy", amount=Decimal("1.23")),
		)
		new = invoice(edit_invoice(name, Edit(taxes=taxes), reason=WHY))
		self.assertEqual([tax.tax_amount for tax in new.taxes], [19.8, 1.23])
		self.assertEqual(new.grand_total, 120.03)

	def test_what_makes_no_invoice_is_refused_and_changes_nothing(self) -> None:
		name = make_invoice_that_is("open")
		row = invoice(name).items[0].name
		for edit, message in (
			(Edit(lines=()), "needs at least one line"),
			(Edit(lines=(LineEdit(row="none"),)), "has no line none"),
			(Edit(lines=(LineEdit(row=row), LineEdit(row=row))), "named twice"),
			(Edit(lines=(LineEdit(row=row, quantity=Decimal(0)),)), "must be more than 0"),
			(Edit(lines=(LineEdit(row=row, rate=Decimal(-5)),)), "less than nothing"),
			(Edit(lines=(LineEdit(row=row, first_day=date(2026, 1, 2)),)), "its first and its last day"),
			(Edit(due_date=date(2025, 12, 31)), "must not lie before 2026-01-01"),
			(Edit(texts={"customer_name": ""}), "needs a name"),
			(Edit(taxes=(TaxEdit("No such account", "VAT", rate=Decimal(1)),)), "is no account of"),
		):
			with self.subTest(message), self.assert_refused(message):
				edit_invoice(name, edit, reason=WHY)
			self.assertEqual((status_of(name), invoice(name).outstanding_amount), ("open", 99.0))


class TestReplace(SiteTestCase):
	def test_an_issued_invoice_is_replaced_with_a_reason_and_links_both_ways(self) -> None:
		name = make_invoice_that_is("open")
		new = invoice(edit_invoice(name, Edit(texts={"memo": "New"}), reason=WHY))
		old = invoice(name)
		self.assertEqual((new.name, new.amended_from, new.billing_status), (f"{name}-1", name, "open"))
		self.assertEqual((old.replaced_by, old.billing_reason, old.billing_status), (new.name, WHY, "void"))
		self.assertEqual((ledger_of(name), ledger_of(new.name)), ({}, {"Debtors": 99.0, "Sales": -99.0}))
		self.assertEqual((str(new.posting_date), new.customer), (str(old.posting_date), old.customer))
		event = frappe.get_doc("Billing Event", {"sales_invoice": new.name, "event": "invoice.edited"})
		self.assertIn(name, event.details)

	def test_the_number_is_the_next_of_the_series_or_fills_a_gap_and_is_never_used_twice(self) -> None:
		name, other = make_invoice_that_is("open"), make_invoice_that_is("open")
		prefix, last = other.rsplit("-", 1)
		following = f"{prefix}-{int(last) + 1:05}"
		for number, message in (
			(other, "was used already and is never used again"),
			(name, "was used already and is never used again"),
			(f"{prefix}-{int(last) + 2:05}", f"the next number of its series is {following}"),
			("INV-1", "is no number of the series"),
			(f"{prefix}-7", "is no number of the series"),
		):
			with self.subTest(number), self.assert_refused(message):
				edit_invoice(name, Edit(number=number), reason=WHY)
			self.assertEqual(status_of(name), "open")
		self.assertEqual(edit_invoice(name, Edit(number=following), reason=WHY), following)
		self.assertEqual(open_invoice(make_one_off(one_off())), f"{prefix}-{int(last) + 2:05}")
		self.assertTrue(default_series())

	def test_one_that_is_paid_also_in_part_is_locked(self) -> None:
		name = make_invoice_that_is("open")
		record_payment(name, Decimal(1), on=date(2026, 1, 5))
		with self.assert_refused("is paid, at least in part"):
			edit_invoice(name, Edit(texts={"memo": "x"}), reason=WHY)
		mark_as_paid(name, on=date(2026, 1, 6))
		with self.assert_refused("is paid. 'Edit' is only for invoices that are"):
			edit_invoice(name, Edit(texts={"memo": "x"}), reason=WHY)
		self.assertEqual((status_of(name), invoice(name).memo), ("paid", None))

	def test_a_customer_who_was_renamed_keeps_the_name_on_the_invoice(self) -> None:
		name = make_invoice_that_is("open")
		customer, known = invoice(name).customer, invoice(name).customer_name
		frappe.db.set_value("Customer", customer, "customer_name", "Renamed since")
		new = invoice(edit_invoice(name, Edit(texts={"memo": "x"}), reason=WHY))
		self.assertEqual(new.customer_name, known)


class TestReplaceOfOrder(SiteTestCase):
	"""The invoice that replaces one of an order has its place in the order."""

	def setUp(self) -> None:
		super().setUp()
		agent = make_agent({**PLATFORM, "credits": 50}, usage_charge(make_metric(), 1))
		line = {"agent": agent, "rollover": "All"}
		self.order = make_active_order(line, at=utc(2026, 1, 1), payment_due_days=3650)
		self.customer = frappe.db.get_value("Billing Order", self.order, "customer")
		grant_credits(NewCredits(self.customer, "USD", Decimal(30)), reason="Welcome", on=date(2026, 1, 1))
		bill(self.order, utc(2026, 1, 1))
		record_usage(self.order, 40, "2026-01-10T00:00:00Z")
		bill(self.order, utc(2026, 2, 1))
		self.old = invoices_of(self.order)[1].name

	def _balance(self) -> tuple[float, float]:
		return frappe.db.get_value("Prepaid Wallet", {"customer": self.customer}, ["available", "pending"])

	def _edit(self, **texts: str) -> str:
		name = edit_invoice(self.old, Edit(texts=texts or {"memo": "x"}), reason=WHY)
		frappe.db.commit()
		return name

	def test_it_takes_over_the_period_and_no_credits_move(self) -> None:
		before, entries = self._balance(), frappe.db.count("Wallet Entry", {"sales_invoice": self.old})
		new = self._edit()
		period = frappe.get_doc("Billing Period", {"sales_invoice": new})
		self.assertEqual((period.state, str(period.start)), ("Billed", "2026-02-01"))
		self.assertEqual((before, self._balance()), ((0.0, 100.0), (0.0, 100.0)))
		self.assertEqual(frappe.db.count("Wallet Entry", {"sales_invoice": new}), entries)
		self.assertEqual(
			lines_of(invoice(new)),
			[
				("usage", "2026-01-01", "2026-01-31", 40.0),
				("platform", "2026-02-01", "2026-02-28", 99.0),
				("credits", "None", "None", -30.0),
			],
		)

	def test_paying_it_releases_the_credits_that_the_old_one_granted(self) -> None:
		mark_as_paid(self._edit(), on=date(2026, 2, 5))
		self.assertEqual(self._balance(), (50.0, 50.0))

	def test_the_next_period_is_billed_and_no_usage_twice(self) -> None:
		self._edit()
		record_usage(self.order, 5, "2026-01-20T00:00:00Z")
		record_usage(self.order, 7, "2026-02-20T00:00:00Z")
		bill(self.order, utc(2026, 3, 1))
		march = invoices_of(self.order)[-1]
		self.assertEqual(
			lines_of(march),
			[
				("usage", "2026-02-01", "2026-02-28", 7.0),
				("usage", "2026-01-01", "2026-01-31", 5.0),
				("platform", "2026-03-01", "2026-03-31", 99.0),
			],
		)

	def test_drawn_credits_stay_on_it(self) -> None:
		credits = invoice(self.old).items[2]
		others = tuple(LineEdit(row=row.name) for row in invoice(self.old).items[:2])
		for lines in (others, (*others, LineEdit(row=credits.name, rate=Decimal(1), quantity=Decimal(1)))):
			with self.assert_refused("stays as it is: it follows from prepaid credits"):
				edit_invoice(self.old, Edit(lines=lines), reason=WHY)
		self.assertEqual((self._balance(), status_of(self.old)), ((0.0, 100.0), "open"))

	def test_the_days_of_an_orders_line_follow_from_the_order(self) -> None:
		rows = invoice(self.old).items
		lines = (
			LineEdit(row=rows[0].name, first_day=date(2026, 1, 5)),
			*(LineEdit(row=row.name) for row in rows[1:]),
		)
		with self.assert_refused("The days of 'Usage: usage' follow from the order"):
			edit_invoice(self.old, Edit(lines=lines), reason=WHY)
		self.assertEqual(status_of(self.old), "open")

	def test_a_later_credit_follows_what_the_edited_fee_cost(self) -> None:
		rows = invoice(self.old).items
		lines = (
			LineEdit(row=rows[0].name),
			LineEdit(row=rows[1].name, rate=Decimal(28)),
			LineEdit(row=rows[2].name),
		)
		edit_invoice(self.old, Edit(lines=lines), reason=WHY)
		frappe.db.commit()
		agent = make_agent(PLATFORM)
		changes.add_line(self.order, changes.NewLine(agent=agent, plan=None, seats=0), at=utc(2026, 2, 15))
		changes.remove_line(self.order, "L1", at=utc(2026, 2, 15))
		frappe.db.commit()
		bill(self.order, utc(2026, 3, 1))
		credit = [row for row in invoices_of(self.order)[-1].items if row.amount < 0]
		self.assertEqual([(row.order_line, row.amount) for row in credit], [("L1", -14.0)])
