from paygent_billing.services.ledger_rows import AppendOnly
from paygent_billing.services.usage.days import ensure_day_keys


class UsageDay(AppendOnly):
	"""A day's usage of one customer, agent and metric, counted with each event. The events decide."""


def on_doctype_update() -> None:
	ensure_day_keys()
