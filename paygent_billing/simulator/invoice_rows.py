"""An invoice as the core makes it, as rows of the store."""

from __future__ import annotations

from collections.abc import Sequence

from paygent_billing.core.invoicing import InvoiceDraft, InvoiceLine
from paygent_billing.simulator.rows import LINE_COLUMNS, line_values, to_json
from paygent_billing.simulator.store import Store

_INSERT_LINE = (
	f"INSERT INTO invoice_line (billing, position, {', '.join(LINE_COLUMNS)}) "
	f"VALUES ({', '.join('?' * (len(LINE_COLUMNS) + 2))})"
)


def write_lines(store: Store, billing: int, lines: Sequence[InvoiceLine]) -> None:
	"""The lines in their order, of an invoice that is issued or of one that need not be."""
	store.execute_many(
		_INSERT_LINE, [(billing, position, *line_values(line)) for position, line in enumerate(lines)]
	)


def invoice_values(draft: InvoiceDraft) -> dict[str, str]:
	"""The amounts of the invoice, with each tax, and its state when it is issued."""
	taxes = [
		{"name": tax.tax.name, "rate": str(tax.tax.rate), "amount": str(tax.amount)} for tax in draft.taxes
	]
	return {
		"subtotal": str(draft.subtotal),
		"discount": str(draft.discount),
		"tax": str(draft.tax),
		"total": str(draft.total),
		"taxes": to_json(taxes),
		"state": "open" if draft.total else "paid",
	}
