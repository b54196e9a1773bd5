"""What uninstalling the app takes back. Invoices, payments and ledger entries stay."""

from __future__ import annotations

import frappe

from paygent_billing.services.billing.grace_draft import remove_draft
from paygent_billing.services.negative_lines import forbid_negative_lines
from paygent_billing.setup.custom_fields import CUSTOM_FIELDS
from paygent_billing.setup.gst_fields import own_gst_fields


def before_uninstall() -> None:
	_remove_drafts()
	_restore_negative_lines()
	_remove_workflow()
	_remove_custom_fields()
	_remove_jobs()
	_remove_webhooks()


def _remove_drafts() -> None:
	"""Nothing would ever replace them."""
	for order in frappe.get_all("Billing Order", {"grace_hours": [">", 0]}, pluck="name"):
		remove_draft(order)


def _restore_negative_lines() -> None:
	if not frappe.db.get_single_value("Paygent Settings", "negative_lines_were_allowed"):
		forbid_negative_lines()


def _remove_workflow() -> None:
	frappe.delete_doc("Workflow", "Billing Order", ignore_missing=True, force=True)
	frappe.db.delete("Workflow Action", {"reference_doctype": "Billing Order"})


def _remove_custom_fields() -> None:
	for doctype, fields in (*CUSTOM_FIELDS.items(), *own_gst_fields().items()):
		for field in fields:
			filters = {"dt": doctype, "fieldname": field["fieldname"]}
			for name in frappe.get_all("Custom Field", filters=filters, pluck="name"):
				frappe.delete_doc("Custom Field", name, force=True)
		frappe.clear_cache(doctype=doctype)


def _remove_jobs() -> None:
	"""Otherwise the scheduler looks for orders on a site that knows none, until the next migration."""
	frappe.db.delete("Scheduled Job Type", {"method": ["like", "paygent\\_billing.%"]})


def _remove_webhooks() -> None:
	"""Nothing more happens that they could tell of."""
	for name in frappe.get_all("Webhook", filters={"webhook_doctype": "Billing Event"}, pluck="name"):
		frappe.delete_doc("Webhook", name, force=True)
