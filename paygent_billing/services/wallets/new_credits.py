"""Credits that a customer is to get, granted or bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

import frappe
from frappe import _

from paygent_billing.services.numbers import currency_of


@dataclass(frozen=True)
class NewCredits:
	"""Credits for a customer, worth `amount`; `expires` is the first day without value. The key counts once
	per wallet: asking again with it changes nothing.
	"""

	customer: str
	currency: str
	amount: Decimal
	expires: date | None = None
	key: str | None = None

	def check(self, on: date) -> None:
		"""Refuses an amount that is none, and credits that would be worth nothing on that day."""
		if self.amount <= 0 or currency_of(self.currency).round(self.amount) != self.amount:
			frappe.throw(
				_("{0} is no amount of {1} that credits can have.").format(self.amount, self.currency)
			)
		if self.expires and self.expires <= on:
			frappe.throw(
				_("Credits that expire on {0} would be worth nothing on {1}.").format(self.expires, on)
			)

	def lot_name(self, verb: str) -> str:
		"""The name of their lot, the same for the same customer, currency and key."""
		if self.key is None:
			return f"{verb}:{frappe.generate_hash(length=20)}"
		once = "\x1f".join((self.customer, self.currency, self.key))
		return f"{verb}:{blake2b(once.encode(), digest_size=16).hexdigest()}"
