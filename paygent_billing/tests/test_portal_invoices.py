"""What a customer's user sees of invoices on ERPNext's own portal pages."""

from __future__ import annotations

import frappe

from paygent_billing.tests.factories import make_customer
from paygent_billing.tests.invoices import invoice, make_invoice_that_is
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.web import WebSite, make_key, user_of

PDF = (
	"/api/method/frappe.utils.print_format.download_pdf?doctype=Sales%20Invoice"
	"&format=Agent%20Billing%20Invoice&name="
)


class TestInvoicesOfThePortal(SiteTestCase):
	def test_a_customer_sees_issued_invoices_and_no_drafts_and_none_of_others(self) -> None:
		draft, issued, other = (make_invoice_that_is(state) for state in ("draft", "open", "open"))
		key, customer = make_key("Customer"), make_customer()
		frappe.db.set_value("Sales Invoice", {"name": ["in", [draft, issued]]}, "customer", customer)
		record = frappe.get_doc("Customer", customer)
		record.append("portal_users", {"user": user_of(key)})
		record.save()
		frappe.db.commit()
		documents = invoice(issued), invoice(draft), invoice(other)
		frappe.set_user(user_of(key))
		may_see = [frappe.has_website_permission(document) for document in documents]
		self.assertEqual(may_see, [True, False, False])
		with WebSite() as site:
			headers = {"Authorization": f"token {key}"}
			for path in (PDF, "/invoices/"):
				statuses = [
					site.call("GET", f"{path}{name}", headers=headers)[0] for name in (issued, draft, other)
				]
				self.assertEqual(statuses, [200, 403, 403], path)
