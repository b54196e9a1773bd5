app_name = "paygent_billing"
app_title = "Paygent Billing"
app_publisher = "Paygent"
app_description = "Billing for AI agents on ERPNext"
app_email = "billing@paygent.example"
app_license = "gpl-3.0"
required_apps = ["erpnext"]

after_install = "paygent_billing.setup.install.after_install"
before_uninstall = "paygent_billing.setup.uninstall.before_uninstall"
after_migrate = "paygent_billing.setup.install.after_migrate"
before_tests = "paygent_billing.setup.tests.before_tests"

doctype_js = {
	"Billing Order": [
		"public/js/order_standing.js",
		"public/js/order_actions.js",
		"public/js/order_dialogs.js",
		"public/js/order_preview.js",
	],
	"Billing Receipt": ["public/js/slips.js"],
	"Customer": ["public/js/customer_statement.js"],
	"Prepaid Wallet": ["public/js/wallet.js"],
	"Sales Invoice": [
		"public/js/usage_of_line.js",
		"public/js/grace_draft.js",
		"public/js/invoice_standing.js",
		"public/js/invoice_actions.js",
		"public/js/invoice_edit.js",
		"public/js/invoice_give_back.js",
		"public/js/invoice_sending.js",
		"public/js/invoice_link.js",
		"public/js/slips.js",
	],
	"AI Agent": ["public/js/prices.js"],
	"Agent Plan": ["public/js/prices.js"],
}

doctype_list_js = {"Sales Invoice": ["public/js/invoice_list.js", "public/js/invoice_one_off.js"]}

fixtures = [
	{
		"dt": "Workflow State",
		"filters": [["name", "in", ["Draft", "Active", "Paused", "Ended", "Cancelled"]]],
	},
	{
		"dt": "Workflow Action Master",
		"filters": [["name", "in", ["Activate", "Pause", "Resume", "End Order", "Cancel Order"]]],
	},
	{"dt": "Workflow", "filters": [["name", "=", "Billing Order"]]},
]

doc_events = {
	"Payment Entry": {
		"before_submit": "paygent_billing.overrides.payment_entry.before_submit",
		"on_submit": "paygent_billing.overrides.payment_entry.on_submit",
		"before_cancel": "paygent_billing.overrides.payment_entry.before_cancel",
	},
	"Journal Entry": {
		"validate": "paygent_billing.overrides.journal_entry.validate",
		"before_cancel": "paygent_billing.overrides.journal_entry.before_cancel",
	},
	"Sales Order": {"validate": "paygent_billing.overrides.sales_order.validate"},
	"Sales Invoice": {
		"after_insert": "paygent_billing.overrides.invoice_papers.after_insert",
		"validate": "paygent_billing.overrides.sales_invoice.validate",
		"before_submit": "paygent_billing.overrides.sales_invoice.before_submit",
		"on_submit": "paygent_billing.overrides.sales_invoice.on_submit",
		"before_cancel": "paygent_billing.overrides.sales_invoice.before_cancel",
		"on_change": [
			"paygent_billing.overrides.sales_invoice.on_change",
			"paygent_billing.overrides.invoice_papers.on_change",
		],
		"on_cancel": "paygent_billing.overrides.sales_invoice.on_cancel",
		"on_trash": "paygent_billing.overrides.sales_invoice.on_trash",
		"before_rename": "paygent_billing.overrides.sales_invoice.before_rename",
	},
}

ignore_links_on_delete = ["Event Delivery"]
default_log_clearing_doctypes = {"Event Delivery": 90}
after_request = ["paygent_billing.api.body.mend_answer"]

scheduler_events = {
	"cron": {
		"*/10 * * * *": ["paygent_billing.services.billing.scheduler.bill_what_is_due"],
		"* * * * *": ["paygent_billing.services.tick.send_what_waits"],
	},
	"daily": [
		"paygent_billing.services.invoices.status.mark_past_due",
		"paygent_billing.services.wallets.expire.expire_credits",
	],
	"daily_long": ["paygent_billing.services.usage.archive.archive_old_usage"],
	"hourly": [
		"paygent_billing.services.billing.scheduler.bill_what_was_left",
		"paygent_billing.services.wallets.reserve.expire_reservations",
	],
}

override_whitelisted_methods = {
	"frappe.utils.print_format.download_pdf": "paygent_billing.api.printing.download_pdf",
}

has_website_permission = {"Sales Invoice": "paygent_billing.portal.customers.may_see_invoice"}
page_renderer = ["paygent_billing.portal.invoice_page.InvoicePage"]
pdf_generator = "paygent_billing.services.invoices.pdf.generate"
jinja = {
	"methods": [
		"paygent_billing.services.invoices.presentation.billing_invoice_view",
		"paygent_billing.services.invoices.receipt_view.billing_receipt_view",
		"paygent_billing.services.slips.slip.billing_slip",
		"paygent_billing.services.statements.statement.billing_statement_view",
		"paygent_billing.services.wallets.statement_view.wallet_statement_view",
	]
}
