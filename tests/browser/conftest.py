"""A browser on a running site: PAYGENT_BROWSER_URL names it, for example http://localhost:8000.

PAYGENT_BROWSER_USER and PAYGENT_BROWSER_PASSWORD are the person who signs in (Administrator, admin). The site
has ERPNext's setup wizard behind it and this app installed. The tests make their own documents over HTTP.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

URL = os.environ.get("PAYGENT_BROWSER_URL", "").rstrip("/")
USER = os.environ.get("PAYGENT_BROWSER_USER", "Administrator")
PASSWORD = os.environ.get("PAYGENT_BROWSER_PASSWORD", "admin")
CHROMIUM = os.environ.get("PAYGENT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]


def why_not() -> str:
	"""What is missing for a test in the browser; empty when nothing is."""
	if not URL:
		return "PAYGENT_BROWSER_URL names no running site"
	if not CHROMIUM:
		return "there is no chromium"
	try:
		import playwright.sync_api  # noqa: F401
	except ImportError:
		return "playwright is not installed (pip install 'paygent_billing[browser]')"
	try:
		with urlopen(f"{URL}/api/method/ping", timeout=20):
			return ""
	except (URLError, OSError) as error:
		return f"{URL} does not answer: {error}"


@pytest.fixture(scope="session")
def browser() -> Iterator:
	reason = why_not()
	if reason:
		pytest.skip(reason)
	from playwright.sync_api import sync_playwright

	with sync_playwright() as play:
		chromium = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
		yield chromium
		chromium.close()


@pytest.fixture
def desk(browser) -> Iterator:
	"""The desk in a fresh window, signed in."""
	from tests.browser.desk import Desk

	context = browser.new_context(base_url=URL, viewport={"width": 1400, "height": 1000})
	context.set_default_timeout(30_000)
	signed_in = Desk(context.new_page())
	signed_in.sign_in(USER, PASSWORD)
	yield signed_in
	context.close()


@pytest.fixture
def world(desk: Any) -> dict[str, str]:
	"""A customer, and an agent with a plan of 99.00 and 10.00 a seat, all with names of their own."""
	tag = uuid.uuid4().hex[:6]
	company = desk.page.evaluate("() => frappe.defaults.get_default('company')")
	currency = desk.page.evaluate(
		"company => frappe.db.get_value('Company', company, 'default_currency')"
		".then(answer => answer.message.default_currency)",
		company,
	)
	agent = desk.make("AI Agent", agent_name=f"Browser Agent {tag}")
	plan = desk.make(
		"Agent Plan",
		plan_name=f"Browser Plan {tag}",
		agent=agent,
		currency=currency,
		charges=[
			{"charge": "platform", "charge_type": "Platform Fee", "model": "Flat", "price": 99},
			{"charge": "seats", "charge_type": "Seat Fee", "model": "Per Unit", "rate": 10},
		],
	)
	customer = desk.make("Customer", customer_name=f"Browser Customer {tag}", customer_type="Company")
	return {"agent": agent, "plan": plan, "customer": customer, "company": company, "currency": currency}


@pytest.fixture
def draft(desk: Any, world: dict[str, str]) -> str:
	"""The name of a draft with two seats that starts on the first of this month."""
	return desk.make(
		"Billing Order",
		customer=world["customer"],
		company=world["company"],
		currency=world["currency"],
		start_date=date.today().replace(day=1).isoformat(),
		billing_day=1,
		lines=[{"agent": world["agent"], "pricing": "Standard", "plan": world["plan"], "seats": 2}],
	)
