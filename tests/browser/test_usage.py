"""Usage in the desk: a file is imported, quarantined events are mended, an invoice line leads to its events.

PAYGENT_BROWSER_WORKER is the command that works off the site's queue once, such as
`bench worker --burst --queue long`; without it the bench's own workers are waited for.
PAYGENT_BROWSER_RUN is the command that bills, and PAYGENT_BROWSER_SHOTS a folder for pictures.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

WORKER = os.environ.get("PAYGENT_BROWSER_WORKER")
RUN = os.environ.get("PAYGENT_BROWSER_RUN")
SHOTS = os.environ.get("PAYGENT_BROWSER_SHOTS")
ROWS = 60_000


@dataclass(frozen=True)
class Sender:
	"""A customer with an active order since the first of last month, and usage of 1.00 a unit."""

	tag: str
	customer: str
	agent: str
	metric: str
	order: str
	day: date

	def event(self, number: int, **values: Any) -> dict[str, Any]:
		return {
			"id": f"{self.tag}-{number}",
			"customer": self.customer,
			"agent": self.agent,
			"metric": self.metric,
			"quantity": 2,
			"occurred_at": f"{self.day}T12:00:00Z",
			**values,
		}


@pytest.fixture
def sender(desk: Any) -> Sender:
	tag = uuid.uuid4().hex[:6]
	company = desk.page.evaluate("() => frappe.defaults.get_default('company')")
	metric = desk.make("Usage Metric", metric_code=f"calls {tag}", aggregation="Sum")
	charge = {"charge": "calls", "charge_type": "Usage", "model": "Per Unit", "metric": metric, "rate": 1}
	agent = desk.make("AI Agent", agent_name=f"Browser Agent {tag}", charges=[charge])
	customer = desk.make("Customer", customer_name=f"Browser & 'Sons' {tag}", customer_type="Company")
	last_month = (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)
	order = desk.make(
		"Billing Order",
		customer=customer,
		company=company,
		start_date=last_month.isoformat(),
		billing_day=1,
		lines=[{"agent": agent, "pricing": "No plan"}],
	)
	desk.call("paygent_billing.api.orders.activate", order=order)
	return Sender(tag, customer, agent, metric, order, last_month + timedelta(days=9))


def refresh_drafts() -> None:
	"""What the scheduler's tick does."""
	if not RUN:
		pytest.skip("PAYGENT_BROWSER_RUN names no command that bills, such as `bench paygent-billing run`")
	subprocess.run(RUN, shell=True, check=True)


@contextmanager
def worker() -> Iterator[None]:
	"""Works off the queue beside what the block does."""
	process = subprocess.Popen(WORKER, shell=True) if WORKER else None
	yield
	if process:
		assert process.wait(timeout=300) == 0


def open_quarantine(desk: Any, tag: str, state: str | None = None) -> None:
	filters = {"event_id": ["like", f"{tag}%"]} | ({"state": state} if state else {})
	desk.page.evaluate("filters => { frappe.set_route('List', 'Quarantined Usage', filters) }", filters)


def shoot(desk: Any, name: str) -> None:
	if SHOTS:
		desk.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def test_a_file_is_imported_with_a_progress_bar_and_a_report(
	desk: Any, sender: Sender, tmp_path: Path
) -> None:
	desk.call("paygent_billing.api.usage.record", **sender.event(0))
	file = tmp_path / f"usage-{sender.tag}.csv"
	rows = ["id,customer,agent,metric,quantity,occurred_at"]
	rows += [",".join(map(str, sender.event(number).values())) for number in range(ROWS)]
	rows.append(",".join(map(str, sender.event(ROWS, quantity="many").values())))
	file.write_text("\n".join(rows) + "\n")
	desk.open_list("Usage Event")
	desk.click("Import")
	desk.page.locator(".modal.show input[type=file]").first.set_input_files(str(file))
	desk.confirm()
	desk.page.locator(".desk-alert", has_text="The import runs").wait_for()
	with worker():
		desk.page.wait_for_function(
			"() => { const bar = document.querySelector('.usage-import .progress-bar');"
			" return bar && parseInt(bar.style.width) >= 10 && parseInt(bar.style.width) < 100 }",
			timeout=120_000,
		)
		shoot(desk, "import-progress")
		assert f"Importing usage-{sender.tag}" in desk.page.inner_text(".usage-import")
		done = desk.page.locator(".modal.show", has_text="Usage imported")
		done.wait_for(timeout=300_000)
		shoot(desk, "import-done")
	assert f"accepted: {ROWS - 1}, duplicate: 1, conflict: 0, quarantined: 0, refused: 1" in done.inner_text()
	assert desk.page.locator(".usage-import").count() == 0
	report = done.locator("a", has_text="Report").get_attribute("href")
	text = desk.page.evaluate("url => fetch(url).then(answer => answer.text())", report)
	assert text.splitlines()[1].startswith(f"{ROWS + 2},{sender.tag}-{ROWS},refused,invalid,quantity")
	filters = {"subject": ["like", f"%accepted: {ROWS - 1}, duplicate: 1%"], "document_type": "File"}
	notes = desk.call("frappe.client.get_count", doctype="Notification Log", filters=filters)
	assert notes >= 1
	assert desk.errors == []


def test_quarantined_usage_is_recorded_once_its_cause_is_mended_and_discarded_when_asked(
	desk: Any, sender: Sender
) -> None:
	unknown = f"Late Agent {sender.tag}"
	events = [sender.event(number, agent=unknown) for number in range(2)]
	desk.call("paygent_billing.api.usage.record_batch", events=events)
	events = [sender.event(9, customer=f"Nobody {sender.tag}")]
	desk.call("paygent_billing.api.usage.record_batch", events=events)
	open_quarantine(desk, sender.tag)
	desk.page.wait_for_function(
		"() => window.cur_list && cur_list.doctype === 'Quarantined Usage' && cur_list.data.length === 3"
	)
	shoot(desk, "quarantine")
	names = {row["event_id"]: row["name"] for row in desk.page.evaluate("() => cur_list.data")}
	desk.open_form("Quarantined Usage", names[f"{sender.tag}-0"])
	desk.click("Resubmit")
	desk.page.wait_for_load_state("networkidle")
	assert desk.value("state") == "Open"
	charge = {
		"charge": "calls",
		"charge_type": "Usage",
		"model": "Per Unit",
		"metric": sender.metric,
		"rate": 2,
	}
	desk.make("AI Agent", agent_name=unknown, charges=[charge])
	desk.call("paygent_billing.api.orders.add_line", order=sender.order, agent=unknown)
	desk.click("Resubmit")
	desk.wait_for("state", "Recorded")
	shoot(desk, "quarantine-recorded")
	desk.open_form("Quarantined Usage", names[f"{sender.tag}-9"])
	desk.click("Discard")
	desk.confirm()
	desk.wait_for("state", "Discarded")
	open_quarantine(desk, sender.tag, "Open")
	desk.page.wait_for_function(
		"() => cur_list && cur_list.doctype === 'Quarantined Usage' && cur_list.data.length === 1"
	)
	desk.page.locator(".page-container:visible .list-row-checkbox").first.check()
	desk.page.click(".page-container:visible .actions-btn-group button:visible")
	desk.page.locator(".page-container:visible .actions-btn-group a:visible", has_text="Resubmit").click()
	desk.page.locator(".desk-alert", has_text="1 of 1 recorded").wait_for()
	assert desk.errors == []


def test_an_invoice_line_shows_its_events_their_check_and_their_export(desk: Any, sender: Sender) -> None:
	events = [sender.event(number, properties={"user": "<i>ann</i>"}) for number in range(60)]
	desk.call("paygent_billing.api.usage.record_batch", events=events)
	desk.call("paygent_billing.api.orders.bill_now", order=sender.order)
	filters = {"billing_order": sender.order, "docstatus": 1}
	(invoice,) = desk.call("frappe.client.get_list", doctype="Sales Invoice", filters=filters)
	desk.open_form("Sales Invoice", invoice["name"])
	line = desk.page.evaluate("() => cur_frm.doc.items.find(row => row.usage_hash)")
	desk.page.click(".page-container:visible .inner-group-button[data-label='View'] button")
	desk.page.locator(
		".page-container:visible .inner-group-button a:visible", has_text="Usage Events"
	).click()
	dialog = desk.page.locator(".modal.show .usage-of-line")
	dialog.locator("tbody tr").nth(49).wait_for()
	assert "60 events" in dialog.inner_text()
	assert line["usage_hash"] in dialog.inner_text()
	assert "<i>ann</i>" in dialog.inner_text()
	desk.page.locator(".modal.show button", has_text="Check").click()
	dialog.locator(".check-result", has_text="exactly those").wait_for()
	shoot(desk, "usage-of-line")
	dialog.locator(".pages button", has_text="Next").click()
	dialog.locator(".pages", has_text="51 to 60 of 60").wait_for()
	assert dialog.locator("tbody tr").count() == 10
	with desk.page.expect_download() as saved:
		desk.page.locator(".modal.show button", has_text="Export").click()
	text = Path(saved.value.path()).read_bytes()
	assert hashlib.sha256(text).hexdigest() == line["usage_hash"]
	assert text.count(b"\n") == 60
	assert desk.errors == []


def test_the_draft_of_an_order_in_grace_is_looked_at_and_not_touched(desk: Any, sender: Sender) -> None:
	order = desk.make(
		"Billing Order",
		customer=desk.make("Customer", customer_name=f"In grace {sender.tag}", customer_type="Company"),
		company=desk.page.evaluate("() => frappe.defaults.get_default('company')"),
		start_date=sender.day.isoformat(),
		billing_day=1,
		grace_hours=24 * 40,
		lines=[{"agent": sender.agent, "pricing": "No plan"}],
	)
	desk.call("paygent_billing.api.orders.activate", order=order)
	desk.call("paygent_billing.api.orders.bill_now", order=order)
	customer = desk.call(
		"frappe.client.get_value", doctype="Billing Order", filters=order, fieldname="customer"
	)
	desk.call("paygent_billing.api.usage.record", **sender.event(0, customer=customer["customer"]))
	refresh_drafts()
	desk.page.evaluate(
		"order => { frappe.set_route('List', 'Sales Invoice', {billing_order: order}) }", order
	)
	desk.page.wait_for_function(
		"name => window.cur_list && cur_list.data.length === 1 && cur_list.data[0].name === name",
		arg=f"DRAFT-{order}",
	)
	shoot(desk, "draft-in-list")
	desk.open_form("Sales Invoice", f"DRAFT-{order}")
	desk.wait_for_headline("It is issued when the grace is over")
	assert desk.value("net_total") == 2
	assert not desk.is_editable("due_date")
	assert desk.page.locator(".page-container:visible .page-head .primary-action:visible").count() == 0
	shoot(desk, "draft-in-grace")
	assert desk.errors == []
