"""Numbers of invoices when many are issued at once."""

from __future__ import annotations

import frappe

from paygent_billing.services.invoices.one_off import make_one_off
from paygent_billing.services.invoices.open import open_invoice
from paygent_billing.tests.factories import make_customer
from paygent_billing.tests.invoice_issuers import Issuers
from paygent_billing.tests.invoices import ledger_of, one_off
from paygent_billing.tests.site_case import SiteTestCase

PROCESSES, EACH = 10, 5


class TestNumbersUnderLoad(SiteTestCase):
	def test_fifty_issues_in_parallel_have_unique_numbers_without_a_gap(self) -> None:
		customer = make_customer()
		before = _number(open_invoice(make_one_off(one_off(customer=customer))))
		drafts = [make_one_off(one_off(customer=customer)) for _number in range(PROCESSES * EACH)]
		frappe.db.commit()
		shares = [drafts[first::PROCESSES] for first in range(PROCESSES)]
		answers = Issuers("open", shares).run()
		frappe.db.rollback()
		names = [answer.removeprefix("done ") for answer in answers]
		self.assertEqual(sorted(map(_number, names)), list(range(before + 1, before + 51)))
		self.assertEqual(
			{tuple(ledger_of(name).items()) for name in names}, {(("Debtors", 99.0), ("Sales", -99.0))}
		)
		left = {"name": ["like", "DRAFT-%"], "customer": customer}
		self.assertEqual(frappe.db.count("Sales Invoice", left), 0)


def _number(name: str) -> int:
	return int(name.rsplit("-", 1)[1])
