"""The raw JSON body of a request, read strictly, and the answer when Frappe itself cannot read it."""

import json
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from werkzeug.wrappers import Request, Response

from paygent_billing.services.usage.results import Refusal

MAX_BODY = 10 * 1024 * 1024
OUR_PATHS = ("/method/paygent_billing.api.", "/method/paygent_billing.portal.")


def json_body() -> object:
	"""The body as JSON with exact numbers. Raises Refusal when it is too large, no JSON, or not clear: NaN,
	a name twice in one object.
	"""
	body = frappe.request.get_data()
	if len(body) > MAX_BODY:
		raise Refusal("too_large", _("The body must not be larger than {0} bytes.").format(MAX_BODY))
	try:
		return json.loads(
			body.decode("utf-8"),
			parse_float=Decimal,
			parse_constant=_no_number,
			object_pairs_hook=_each_name_once,
		)
	except (ValueError, RecursionError, ArithmeticError):
		raise Refusal(
			"malformed", _("The body is no JSON that can be read, or says something twice.")
		) from None


def _no_number(text: str) -> object:
	raise ValueError(f"{text} is no JSON")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
	values = dict(pairs)
	if len(values) != len(pairs):
		raise ValueError("a name stands twice in one object")
	return values


def mend_answer(response: Response | None = None, request: Request | None = None) -> None:
	"""After a request to our methods that went wrong: no traceback leaves the site, and a body that is no
	JSON is answered with 400. Frappe reads the body before it knows the method, and answers 500 by itself.
	"""
	if response is None or request is None or response.status_code < 400:
		return
	if not any(path in request.path for path in OUR_PATHS):
		return
	if request.is_json and (not _can_be_read(request.get_data()) or _is_refused_before_us(response)):
		answer = {"status": "refused", "code": "malformed", "reason": "The body is no JSON that can be read."}
		_replace(response, {"message": answer})
		response.status_code = 400
	elif response.mimetype == "application/json":
		_replace(response, {key: value for key, value in response.get_json().items() if key != "exc"})


def _replace(response: Response, content: dict[str, Any]) -> None:
	response.mimetype = "application/json"
	response.set_data(json.dumps(content))


def _is_refused_before_us(response: Response) -> bool:
	"""Whether Frappe 16 refused the body itself, before any method of ours saw it, or the database its text:
	half a character (a lone surrogate) has no bytes.
	"""
	answer = response.get_json(silent=True) if response.mimetype == "application/json" else None
	if not isinstance(answer, dict) or "message" in answer:
		return False
	if answer.get("exc_type") == "UnicodeEncodeError":
		return True
	return answer.get("exc_type") == "DataError" and "Invalid request body" in str(
		answer.get("_server_messages")
	)


def _can_be_read(body: bytes) -> bool:
	"""Whether Frappe could read it: an object or a list, or nothing at all."""
	try:
		return not body or isinstance(json.loads(body.decode("utf-8", errors="replace")), dict | list)
	except (ValueError, RecursionError):
		return False
