import frappe

from paygent_billing.services.ledger_rows import AppendOnly


class QuarantinedUsage(AppendOnly):
	"""Usage that came and could not be counted, as it was sent, until somebody has mended the cause."""


def on_doctype_update() -> None:
	"""What was sent once waits once."""
	table = "Quarantined Usage"
	frappe.db.sql_ddl(f"alter table `tab{table}` modify event_id varchar(140) collate utf8mb4_nopad_bin")
	frappe.db.sql_ddl(
		f"alter table `tab{table}` modify customer_reference varchar(140) collate utf8mb4_nopad_bin"
	)
	frappe.db.add_unique(table, ["customer_reference", "event_id"], constraint_name="quarantined_once")
	frappe.db.add_index(table, ["state", "code"], index_name="open_by_code")
