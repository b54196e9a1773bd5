"""Usage as programs send it: one JSON object an event, checked before anything is looked up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from frappe import _
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from paygent_billing.core.money import format_quantity
from paygent_billing.services.usage.results import Refusal
from paygent_billing.services.usage.values import (
	milliseconds_of,
	read_moment,
	read_name,
	read_properties,
	read_quantity,
)

Name = Annotated[str, StringConstraints(min_length=1, max_length=140), BeforeValidator(read_name)]
Quantity = Annotated[Decimal, BeforeValidator(read_quantity)]
Properties = Annotated[str | None, BeforeValidator(read_properties)]
_MODEL = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class IncomingEvent(BaseModel):
	"""One use of an agent as it was sent. `customer` is its name or external id."""

	model_config = _MODEL

	id: Name
	customer: Name
	agent: Name
	metric: Name
	quantity: Quantity = Decimal(1)
	occurred_at: Annotated[datetime, BeforeValidator(read_moment)]
	properties: Properties = None
	order: Name | None = None

	@property
	def occurred_ms(self) -> int:
		return milliseconds_of(self.occurred_at)

	@property
	def content(self) -> tuple[str | None, ...]:
		"""What makes a second event with this id the same one; the customer and the id are its key."""
		return (
			self.agent,
			self.metric,
			format_quantity(self.quantity),
			str(self.occurred_ms),
			self.properties,
			self.order,
		)

	def as_sent(self) -> dict[str, Any]:
		"""The event in a form that can be sent again."""
		values = {
			"id": self.id,
			"customer": self.customer,
			"agent": self.agent,
			"metric": self.metric,
			"quantity": format_quantity(self.quantity),
			"occurred_at": self.occurred_at.isoformat(),
		}
		if self.properties:
			values["properties"] = json.loads(self.properties)
		return values | ({"order": self.order} if self.order else {})


class Amendment(BaseModel):
	"""New values of an event that is recorded; what is not named stays."""

	model_config = _MODEL

	id: Name
	customer: Name
	quantity: Quantity | None = None
	properties: Properties = None


class Voiding(BaseModel):
	"""An event that is taken back."""

	model_config = _MODEL

	id: Name
	customer: Name


_EVENT, _AMENDMENT, _VOIDING = TypeAdapter(IncomingEvent), TypeAdapter(Amendment), TypeAdapter(Voiding)


def read_event(item: object) -> IncomingEvent:
	"""The event, or a Refusal that says what is wrong with it."""
	return _read(_EVENT, item)


def read_amendment(item: object) -> Amendment:
	amendment = _read(_AMENDMENT, item)
	if not amendment.model_fields_set & {"quantity", "properties"}:
		raise Refusal("invalid", _("An amendment needs a quantity or properties."))
	return amendment


def read_voiding(item: object) -> Voiding:
	return _read(_VOIDING, item)


def _read(adapter: TypeAdapter, item: object) -> Any:
	if not isinstance(item, Mapping):
		raise Refusal("invalid", _("An event must be a JSON object."))
	try:
		return adapter.validate_python(item)
	except ValidationError as error:
		raise Refusal("invalid", _in_words(error)) from None


def _in_words(error: ValidationError) -> str:
	"""What is wrong, field by field; never what was sent, which may be long or not fit for a page."""
	said = {f"{_field(row['loc'])}: {_message(row)}" for row in error.errors(include_input=False)}
	return "; ".join(sorted(said))[:500]


def _field(location: tuple[int | str, ...]) -> str:
	name = str(location[0]) if location else "event"
	return name if re.fullmatch("[a-z_]{1,40}", name) else "a field"


def _message(row: Mapping[str, Any]) -> str:
	match row["type"]:
		case "missing":
			return _("is missing")
		case "extra_forbidden":
			return _("is no field of this kind of message")
		case "value_error":
			return str(row["ctx"]["error"])
		case "string_too_short" | "string_too_long":
			return _("must have 1 to 140 characters")
	return _("must be text")
