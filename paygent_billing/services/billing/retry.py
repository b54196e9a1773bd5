"""Tries a transaction again when the database gave it up for reasons that pass."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import frappe

MAX_ATTEMPTS = 8
#: Deadlock, lock wait, record changed under snapshot isolation, server gone, connection lost, no connection,
#: and a server that shuts down or is not up yet.
PASSING_ERRORS = frozenset({1213, 1205, 1020, 2006, 2013, 0, 1053, 1927, 2002, 2003})

Result = TypeVar("Result")


def with_retry(transaction: Callable[[], Result]) -> Result:
	"""What the transaction returns. On a passing error it is rolled back whole and done again, a few
	times.
	"""
	for attempt in range(1, MAX_ATTEMPTS + 1):
		try:
			return transaction()
		except Exception as error:
			if attempt == MAX_ATTEMPTS or not is_passing(error):
				raise
			start_over()
			time.sleep(random.uniform(0, 0.02 * 2**attempt))
	raise AssertionError("the last attempt returns or raises")


def is_passing(error: Exception) -> bool:
	"""Whether the error says that the same transaction may succeed a moment later."""
	if isinstance(error, (frappe.QueryDeadlockError, frappe.QueryTimeoutError)):
		return True
	cause = error.args[0] if error.args else None
	return type(error).__module__.startswith(("pymysql", "MySQLdb")) and cause in PASSING_ERRORS


def start_over() -> None:
	"""Leaves the transaction, and the connection too when it is dead."""
	try:
		frappe.db.rollback()
	except Exception as error:
		if not is_passing(error):
			raise
		_connect_again()


def _connect_again() -> None:
	"""Waits for a server that restarts, half a minute at most."""
	for attempt in range(1, MAX_ATTEMPTS + 1):
		frappe.db.close()
		try:
			frappe.db.connect()
			return
		except Exception as error:
			if attempt == MAX_ATTEMPTS or not is_passing(error):
				raise
			time.sleep(0.1 * 2**attempt)
