"""The moments of a scenario in batches that share a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from paygent_billing.scenarios.events import AmendUsage, Usage, VoidUsage
from paygent_billing.scenarios.moments import Moment

#: So many usage events in a row share a transaction.
BATCH = 500


def batches_of(moments: Iterator[Moment]) -> Iterator[list[Moment]]:
	"""Usage and corrections that arrive in a row together, everything else alone."""
	batch: list[Moment] = []
	for moment in moments:
		is_usage = isinstance(moment.event, (Usage, AmendUsage, VoidUsage))
		if batch and (not is_usage or len(batch) == BATCH):
			yield batch
			batch = []
		if is_usage:
			batch.append(moment)
		else:
			yield [moment]
	if batch:
		yield batch
