"""Credits that a customer buys: an invoice of their own, paid like any other."""

from __future__ import annotations

from datetime import date

from paygent_billing.core.invoicing import bill_top_up
from paygent_billing.scenarios import Scenario
from paygent_billing.scenarios.events import TopUp
from paygent_billing.simulator import wallet
from paygent_billing.simulator.invoice_rows import invoice_values, write_lines
from paygent_billing.simulator.store import Store


def top_up(store: Store, scenario: Scenario, event: TopUp, today: date, *, cause: str) -> None:
	"""Issues the invoice, which is due at once. Its credits are pending until it is paid."""
	taxes = scenario.customers[event.customer].taxes
	draft = bill_top_up(event.amount, scenario.currency, taxes)
	billing = store.insert("billing_period", date=today.isoformat(), kind="top_up")
	write_lines(store, billing, draft.lines)
	number = store.insert(
		"invoice",
		billing=billing,
		customer=event.customer,
		issue_date=today.isoformat(),
		due_date=today.isoformat(),
		**invoice_values(draft),
	)
	wallet.buy(store, event.customer, event.amount, event.expires, invoice=number, cause=cause)
