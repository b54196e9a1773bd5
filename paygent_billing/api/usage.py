"""Usage over HTTP. What is sent is one JSON body; the answer says what came of each event."""

from collections.abc import Callable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint
from werkzeug.wrappers import Response

from paygent_billing.api.body import json_body
from paygent_billing.api.download import download_of
from paygent_billing.services import clock
from paygent_billing.services.billing.retry import with_retry
from paygent_billing.services.usage import correct, overview, quarantine
from paygent_billing.services.usage.access import check_may_send, readable_customer
from paygent_billing.services.usage.batch import MAX_ITEMS
from paygent_billing.services.usage.batch import record_batch as record_all
from paygent_billing.services.usage.billed_line import BilledLine, line_of
from paygent_billing.services.usage.check_evidence import check_line
from paygent_billing.services.usage.evidence import export_of, page_of
from paygent_billing.services.usage.import_job import start_import
from paygent_billing.services.usage.results import Refusal, Result, Status

HTTP_STATUS = {
	Status.ACCEPTED: 200,
	Status.DUPLICATE: 200,
	Status.QUARANTINED: 202,
	Status.CONFLICT: 409,
	Status.REFUSED: 422,
}
HTTP_STATUS_OF_CODE = {"too_large": 413, "too_many": 413, "malformed": 400, "unknown_event": 404}
HTTP_STATUS_OF_CODE |= {"unknown_customer": 404}


@frappe.whitelist(methods=["POST"])
def record() -> dict[str, Any]:
	"""Records the event in the body. Sending it again changes nothing and answers `duplicate`."""
	check_may_send()
	return _answer(lambda: _one(json_body()))


@frappe.whitelist(methods=["POST"])
def record_batch() -> dict[str, Any]:
	"""Records `{"events": [...]}`, up to 5,000, each by itself, and says of each what came of it."""
	check_may_send()
	return _answer(lambda: _many(json_body()))


@frappe.whitelist(methods=["POST"])
def amend() -> dict[str, Any]:
	"""Corrects the quantity or the properties of the event named in the body."""
	check_may_send()
	return _answer(lambda: _correct(correct.amend))


@frappe.whitelist(methods=["POST"])
def void() -> dict[str, Any]:
	"""Takes the event named in the body back."""
	check_may_send()
	return _answer(lambda: _correct(correct.void))


@frappe.whitelist(methods=["GET", "POST"])
def by_day(
	customer: str = "",
	first_day: str | None = None,
	last_day: str | None = None,
	agent: str | None = None,
	metric: str | None = None,
) -> dict[str, Any]:
	"""The customer's usage of each day, agent and metric; without days, of the last 31."""
	return _answer(lambda: _by_day(customer, (first_day, last_day), agent or None, metric or None))


@frappe.whitelist(methods=["GET", "POST"])
def so_far(customer: str = "") -> dict[str, Any]:
	"""The usage of each order's running period and what it costs at current prices, before tax."""
	return _answer(lambda: {"orders": overview.usage_so_far(readable_customer(customer), clock.now())})


@frappe.whitelist(methods=["GET", "POST"])
def unbilled(customer: str = "") -> dict[str, Any]:
	"""How many of the customer's events are on no invoice, by reason."""
	return _answer(lambda: {"unbilled": overview.unbilled(readable_customer(customer))})


@frappe.whitelist(methods=["POST"])
def resubmit(names: str | list) -> dict[str, Any]:
	"""Records quarantined usage anew, once what was wrong is mended."""
	frappe.has_permission("Usage Event", "create", throw=True)
	return _answer(lambda: _resubmit(names))


@frappe.whitelist(methods=["POST"])
def discard(names: str | list) -> dict[str, Any]:
	"""Marks quarantined usage as never to be counted."""
	frappe.has_permission("Usage Event", "create", throw=True)
	return _answer(lambda: {"discarded": quarantine.discard(_names(names))})


@frappe.whitelist(methods=["POST"])
def import_file(file: str) -> None:
	"""Imports an uploaded file of usage in the background; the report comes as a notification."""
	start_import(file)


@frappe.whitelist(methods=["GET", "POST"])
def events_of_line(invoice: str = "", row: str = "", start: int = 0, count: int = 50) -> dict[str, Any]:
	"""A page of the events that a usage line of an invoice was billed from, by time; `row` is the line's
	number or name. At most 1,000 a page.
	"""
	line = _readable_line(invoice, row)
	first, most = min(max(cint(start), 0), line.events), min(max(cint(count), 1), 1000)
	return {"events": page_of(line, first, most), "total": line.events, "hash": line.hash}


@frappe.whitelist(methods=["GET", "POST"])
def export_of_line(invoice: str = "", row: str = "") -> Response:
	"""The line's events as JSON Lines: its SHA-256 is the one on the line."""
	line = _readable_line(invoice, row)
	return download_of(export_of(line), f"{line.invoice}-{line.number}.jsonl", "application/x-ndjson")


@frappe.whitelist(methods=["GET", "POST"])
def verify_line(invoice: str = "", row: str = "") -> dict[str, Any]:
	"""Whether the line's events are still exactly those that it was billed from."""
	return check_line(_readable_line(invoice, row)).as_json()


def _readable_line(invoice: str, row: str) -> BilledLine:
	"""The usage line, for those who may read the invoice."""
	frappe.get_doc("Sales Invoice", str(invoice)).check_permission("read")
	return line_of(str(invoice), str(row))


def _answer(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
	"""What the work returns; a refusal becomes an answer with a status of 400 to 422 and no traceback."""
	try:
		return work()
	except Refusal as refusal:
		status = HTTP_STATUS_OF_CODE.get(refusal.code, HTTP_STATUS[refusal.status])
		frappe.local.response.http_status_code = status
		return {"status": refusal.status.value, "code": refusal.code, "reason": refusal.reason}


def _one(body: object) -> dict[str, Any]:
	return _result(with_retry(lambda: record_all([body], clock.now()))[0])


def _many(body: object) -> dict[str, Any]:
	events = body.get("events") if isinstance(body, dict) and len(body) == 1 else None
	if not isinstance(events, list):
		raise Refusal("invalid", _('The body must be {"events": [...]}.'))
	results = with_retry(lambda: record_all(events, clock.now()))
	counts = {status.value: sum(result.status is status for result in results) for status in Status}
	return {"counts": counts, "results": [result.as_json() for result in results]}


def _correct(work: Callable[[object], Result]) -> dict[str, Any]:
	body = json_body()
	return _result(with_retry(lambda: work(body)))


def _result(result: Result) -> dict[str, Any]:
	frappe.local.response.http_status_code = HTTP_STATUS[result.status]
	answer = result.as_json()
	del answer["index"]
	return answer


def _resubmit(names: str | list) -> dict[str, Any]:
	wanted = _names(names)
	results = with_retry(lambda: quarantine.resubmit(wanted, clock.now()))
	return {"results": [result.as_json() for result in results]}


def _names(names: str | list) -> list[str]:
	try:
		found = frappe.parse_json(names)
	except ValueError:
		found = None
	if not isinstance(found, list) or not 0 < len(found) <= MAX_ITEMS:
		raise Refusal("invalid", _("names must be a list of 1 to {0} names.").format(MAX_ITEMS))
	return [str(name) for name in found]


def _by_day(
	customer: str, days: tuple[str | None, str | None], agent: str | None, metric: str | None
) -> dict[str, Any]:
	name, today = readable_customer(customer), clock.now().date()
	period = overview.days_or_default(_date(days[0]), _date(days[1]), today)
	if period is None:
		raise Refusal("invalid", _("The last day lies before the first."))
	return {"customer": name, "days": overview.usage_by_day(name, period, agent, metric)}


def _date(text: str | None) -> date | None:
	try:
		return date.fromisoformat(text) if text else None
	except ValueError:
		raise Refusal("invalid", _("A day is written as 2026-01-31.")) from None
