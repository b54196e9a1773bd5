"""The chain of a wallet's entries: each bears a hash of itself and of the one before it."""

from __future__ import annotations

from hashlib import blake2b

from paygent_billing.core.money import format_quantity
from paygent_billing.core.wallet import Entry
from paygent_billing.services.wallets.cause import Cause


def proof_of(before: str, number: int, entry: Entry, cause: Cause) -> str:
	"""The proof of an entry that follows the one with the proof `before`; empty before the first. The cause
	has the entry's own key.

	An entry that is changed, added in between, left out or moved does not fit the proofs after it.
	"""
	content = (
		before,
		str(number),
		entry.kind.value,
		entry.lot,
		*(format_quantity(amount) for amount in (entry.available, entry.pending, entry.overage)),
		cause.key,
		cause.happened_on.isoformat(),
		cause.reason or "",
	)
	return blake2b("\x1f".join(content).encode(), digest_size=16).hexdigest()
