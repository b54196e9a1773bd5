"""Events on their way to subscribers."""

import frappe

from paygent_billing.services.outbox.deliver import send_again


@frappe.whitelist(methods=["POST"])
def redeliver(delivery: str) -> None:
	"""Sends an event again that was given up or that arrived before. For who may write Webhooks."""
	send_again(delivery)
