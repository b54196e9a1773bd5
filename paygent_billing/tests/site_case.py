"""The base of all tests on a site, on Frappe 15 and 16."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, datetime, timezone

import frappe

try:
	from frappe.tests import IntegrationTestCase as FrappeCase
except ImportError:
	from frappe.tests.utils import FrappeTestCase as FrappeCase

from paygent_billing.services.numbers import HALF_UP_METHOD


def utc(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
	"""A moment in UTC."""
	return datetime(year, month, day, hour, minute, tzinfo=timezone.utc)


def set_rounding(method: str) -> None:
	"""Sets how the site rounds, for good."""
	frappe.db.set_single_value("System Settings", "rounding_method", method)
	frappe.db.commit()
	frappe.local.system_settings = None
	frappe.clear_document_cache("System Settings", "System Settings")


class SiteTestCase(FrappeCase):
	"""Runs as Administrator and rounds halves up, whatever the site does."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		before = frappe.db.get_single_value("System Settings", "rounding_method")
		set_rounding(HALF_UP_METHOD)
		cls.addClassCleanup(set_rounding, before)

	def setUp(self) -> None:
		frappe.set_user("Administrator")
		frappe.clear_messages()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	@contextmanager
	def assert_refused(self, message: str, error: type[Exception] = frappe.ValidationError):
		"""What runs inside is refused with a message that contains this text."""
		with self.assertRaises(error) as caught:
			yield
		said = " ".join([str(caught.exception), *(str(row) for row in frappe.get_message_log())])
		self.assertIn(message, said)

	def assert_unchanged(self, look: Callable[[], object], act: Callable[[], object]) -> None:
		"""Whatever `act` does or raises, what `look` sees stays the same."""
		before = look()
		try:
			act()
		except frappe.ValidationError:
			frappe.db.rollback()
		self.assertEqual(look(), before)


def day(text: str) -> date:
	return date.fromisoformat(text)
