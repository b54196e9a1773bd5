"""docs/events.md says what is really sent: its example, its way to check a signature, every event by name."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import frappe

from paygent_billing.services.clock import now
from paygent_billing.services.events import Subject, record
from paygent_billing.services.outbox.payload import SIGNATURE, body_of, payload_of, signatures
from paygent_billing.tests.factories import make_customer
from paygent_billing.tests.site_case import SiteTestCase, day

APP = Path(frappe.get_app_path("paygent_billing"))
PAGE = (APP.parent / "docs" / "events.md").read_text()
RECORDED = re.compile(r'record(?:_event|_invoice_event|_payment_events)?\(\s*"([a-z_]+\.[a-z_]+)"')


def example(language: str) -> str:
	return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


class TestEventDocs(SiteTestCase):
	def test_the_example_has_the_fields_of_a_real_event(self) -> None:
		shown = json.loads(example("json"))
		self.assertEqual(list(shown), list(payload_of(self._event())))
		self.assertEqual(list(shown["data"]), list(payload_of(self._event())["data"]))

	def test_the_python_example_tells_a_genuine_signature_from_a_forged_one(self) -> None:
		told: dict = {}
		exec(example("python"), told)
		body = body_of(self._event())
		header = signatures(body, "secret", now())[SIGNATURE]
		self.assertTrue(told["is_genuine"]("secret", header, body))
		self.assertFalse(told["is_genuine"]("another", header, body))
		self.assertFalse(told["is_genuine"]("secret", header, body + b" "))

	def test_every_event_that_a_service_records_is_in_the_list(self) -> None:
		sources = [path.read_text() for path in APP.rglob("*.py") if "tests" not in path.parts]
		names = {name for source in sources for name in RECORDED.findall(source)}
		self.assertIn("invoice.issued", names)
		self.assertEqual([name for name in sorted(names) if f"`{name}`" not in PAGE], [])

	def _event(self) -> object:
		subject = Subject(make_customer(), "USD")
		name = record("invoice.issued", subject, happened_on=day("2026-01-05"), amount=Decimal(99))
		return frappe.get_doc("Billing Event", name)
