"""The moment at which something happens, taken once at the edge, and the dates that it falls on."""

from __future__ import annotations

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe
from frappe import _
from frappe.utils import get_system_timezone

from paygent_billing.core.period import local_date, midnight


def now() -> datetime:
	"""This moment, in UTC. Called at the edges only: requests, jobs, commands."""
	return datetime.now(timezone.utc)


def zone_of(name: str | None) -> ZoneInfo:
	"""The time zone with that name, or the site's. Refused when there is none of that name."""
	try:
		return ZoneInfo(name or get_system_timezone())
	except (ZoneInfoNotFoundError, ValueError):
		frappe.throw(_("{0} is not a time zone. Use a name such as Europe/Berlin.").format(name))


def today_in(zone: ZoneInfo, moment: datetime) -> date:
	"""The date in the zone at the moment."""
	return local_date(moment, zone)


def milliseconds(moment: datetime) -> int:
	"""The moment as milliseconds since 1970 in UTC."""
	return int(moment.timestamp() * 1000)


def moment_of(ms: int) -> datetime:
	"""The moment in UTC that lies so many milliseconds after 1970."""
	return datetime.fromtimestamp(ms / 1000, tz=timezone.utc)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
	"""The beginning of the day in the zone, as milliseconds since 1970 in UTC."""
	return milliseconds(midnight(day, zone))


def parse(text: str) -> datetime:
	"""The moment that an ISO text with a zone names."""
	moment = datetime.fromisoformat(text)
	if moment.tzinfo is None:
		raise ValueError(f"{text} has no time zone")
	return moment
