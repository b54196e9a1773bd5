"""One request to a subscriber: bounded in time and size, following nobody elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

import frappe
import requests
from frappe.integrations.doctype.webhook.webhook import get_context
from frappe.model.document import Document

from paygent_billing.services.clock import now
from paygent_billing.services.outbox.payload import body_of, signatures

CONNECT_SECONDS, ANSWER_SECONDS, MOST_SECONDS = 5, 10, 30
MOST_OF_ANSWER = 500  # characters that are kept


@dataclass(frozen=True)
class Answer:
	"""What came back: status 0 when nothing did."""

	status: int
	text: str

	@property
	def is_taken(self) -> bool:
		return 200 <= self.status < 300


def is_wanted(webhook: Document, event: Document) -> bool:
	"""Whether the Webhook's condition holds for the event."""
	return not webhook.condition or bool(frappe.safe_eval(webhook.condition, eval_locals=get_context(event)))


def post_event(webhook: Document, event: Document) -> Answer:
	"""Sends the event to the Webhook's address. Never raises for what the other side does."""
	body = body_of(event)
	asked = {
		"method": webhook.request_method or "POST",
		"url": _url(webhook, event),
		"data": body,
		"headers": _headers(webhook, event, body),
		"timeout": (CONNECT_SECONDS, min(webhook.timeout or ANSWER_SECONDS, MOST_SECONDS)),
	}
	return _within(MOST_SECONDS, asked)


def _within(seconds: float, asked: dict[str, Any]) -> Answer:
	"""The answer, when it is whole by then. A timeout alone bounds only the silence between two bytes: a
	server that sends one now and then would hold the job forever.
	"""
	answers: Queue[Answer] = Queue()
	Thread(target=lambda: answers.put(_ask(asked)), daemon=True).start()
	try:
		return answers.get(timeout=seconds)
	except Empty:
		return Answer(0, f"Timeout: no whole answer within {seconds} seconds")


def _ask(asked: dict[str, Any]) -> Answer:
	"""Runs beside the site's own thread, and knows nothing of the site."""
	try:
		with requests.request(**asked, allow_redirects=False, stream=True) as response:
			return Answer(response.status_code, _words(response))
	except Exception as error:  # whatever a server does, the job goes on
		return Answer(0, f"{type(error).__name__}: {error}"[:MOST_OF_ANSWER])


def _url(webhook: Document, event: Document) -> str:
	if not webhook.is_dynamic_url:
		return webhook.request_url
	return frappe.render_template(webhook.request_url, get_context(event))


def _headers(webhook: Document, event: Document, body: bytes) -> dict[str, str]:
	"""The Webhook's own headers first: none of them replaces one of ours."""
	headers = {row.key: row.value for row in webhook.webhook_headers if row.key and row.value}
	headers |= {"Content-Type": "application/json", "User-Agent": "Paygent-Billing"}
	headers |= {"X-Paygent-Event": event.event, "X-Paygent-Event-Id": event.name}
	if webhook.enable_security:
		headers |= signatures(body, webhook.get_password("webhook_secret"), now())
	return headers


def _words(response: requests.Response) -> str:
	"""The beginning of the answer, as far as it is there at once; a redirect says where it would have led."""
	if response.is_redirect or 300 <= response.status_code < 400:
		return f"Redirects are not followed: {response.headers.get('Location', '')}"[:MOST_OF_ANSWER]
	first = response.raw.read1(4 * MOST_OF_ANSWER)
	return first.decode("utf-8", errors="replace").replace("\x00", "")[:MOST_OF_ANSWER]
