"""The examples in docs/usage.md, run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import frappe

from paygent_billing.services.usage.access import make_key
from paygent_billing.tests.site_case import SiteTestCase
from paygent_billing.tests.usage import make_sender
from paygent_billing.tests.web import WebSite

PAGE = Path(frappe.get_app_path("paygent_billing")).parent / "docs" / "usage.md"


class TestExamples(SiteTestCase):
	def test_the_curl_and_the_python_example_run_as_written(self) -> None:
		sender, key = make_sender(), make_key(f"{frappe.generate_hash(length=8)}@example.com")
		frappe.db.commit()
		names = {"CUSTOMER": sender.customer, "AGENT": sender.agent, "METRIC": sender.metric, "KEY": key}
		with WebSite() as site:
			environment = os.environ | names | {"SITE": f"http://127.0.0.1:{site.port}"}
			for language, command, expected in [
				("bash", ["bash", "-ec"], '"status":"accepted"'),
				("python", [sys.executable, "-c"], "'accepted': 1000"),
			]:
				done = subprocess.run(
					[*command, example(language)], capture_output=True, text=True, env=environment
				)
				self.assertEqual(done.returncode, 0, done.stderr)
				self.assertIn(expected, done.stdout)
		self.assertEqual(len(sender.rows()), 1001)

	def test_a_key_is_not_made_for_a_user_who_can_do_more(self) -> None:
		with self.assert_refused("has other roles"):
			make_key("Administrator")


def example(language: str) -> str:
	"""The page's last example in the language."""
	return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)[-1]
