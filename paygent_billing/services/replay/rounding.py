"""A scenario's rounding, for as long as it is replayed in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from paygent_billing.core.money import Rounding
from paygent_billing.services.numbers import HALF_UP_METHOD

METHODS = {Rounding.HALF_UP: HALF_UP_METHOD, Rounding.HALF_EVEN: "Banker's Rounding"}


@contextmanager
def site_rounds(rounding: Rounding) -> Iterator[None]:
	"""Makes this process round as the scenario says. The site's own setting stays as it is."""
	settings = frappe.get_cached_doc("System Settings")
	before = settings.rounding_method
	settings.rounding_method = METHODS[rounding]
	frappe.local.system_settings = settings
	try:
		yield
	finally:
		settings.rounding_method = before
