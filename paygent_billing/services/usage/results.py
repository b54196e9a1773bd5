"""What came of an event that was sent."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple


class Status(str, Enum):
	"""`quarantined` usage is kept and waits for a person; `refused` and `conflict` leave nothing behind."""

	ACCEPTED = "accepted"
	DUPLICATE = "duplicate"
	CONFLICT = "conflict"
	QUARANTINED = "quarantined"
	REFUSED = "refused"


class Refusal(Exception):
	"""An event that is not taken: a code for programs, and the reason in words."""

	def __init__(self, code: str, reason: str, status: Status = Status.REFUSED) -> None:
		super().__init__(reason)
		self.code = code
		self.reason = reason
		self.status = status


class Result(NamedTuple):
	"""What came of the item with this number (from 0), in the caller's own id."""

	index: int
	id: str | None
	status: Status
	code: str | None = None
	reason: str | None = None

	def as_json(self) -> dict[str, Any]:
		values = {"index": self.index, "id": self.id, "status": self.status.value}
		return values | ({"code": self.code, "reason": self.reason} if self.code else {})
