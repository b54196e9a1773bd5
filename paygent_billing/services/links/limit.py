"""A limit of requests of our own: Frappe's counts per path, and one method has several."""

from __future__ import annotations

import hashlib
import time

import frappe

SECONDS = 60
PER_CLIENT, PER_LINK = 120, 60


def is_over_limit(name: str, who: str, most: int) -> bool:
	"""Counts a request of this name by this client, and says whether there were too many in this minute."""
	window = int(time.time() // SECONDS)
	client = hashlib.sha256(who.encode("utf-8", errors="replace")).hexdigest()[:32]
	key = frappe.cache.make_key(f"paygent_limit:{name}:{client}:{window}")
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, 2 * SECONDS)
	return count > most
