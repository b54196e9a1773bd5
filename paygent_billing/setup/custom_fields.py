"""The fields that the app adds to ERPNext's documents, as data."""

from paygent_billing.setup.invoice_fields import INVOICE_FIELDS
from paygent_billing.setup.invoice_line_fields import LINE_FIELDS

CUSTOM_FIELDS = {
	"Sales Invoice": INVOICE_FIELDS,
	"Sales Order": [
		{
			"fieldname": "billing_order",
			"fieldtype": "Link",
			"options": "Billing Order",
			"label": "Billing Order",
			"insert_after": "delivery_date",
			"read_only": 1,
			"no_copy": 1,
			"search_index": 1,
			"in_standard_filter": 1,
			"ignore_user_permissions": 1,
			"depends_on": "billing_order",
			"description": "Bills what this order serves",
		},
		{
			"fieldname": "service_from",
			"fieldtype": "Date",
			"label": "Service from",
			"insert_after": "billing_order",
			"read_only": 1,
			"no_copy": 1,
			"depends_on": "service_from",
		},
		{
			"fieldname": "service_to",
			"fieldtype": "Date",
			"label": "Service to",
			"insert_after": "service_from",
			"read_only": 1,
			"no_copy": 1,
			"depends_on": "service_to",
		},
	],
	"Sales Order Item": [
		{
			"fieldname": "ai_agent",
			"fieldtype": "Link",
			"options": "AI Agent",
			"label": "Agent",
			"insert_after": "description",
			"read_only": 1,
			"no_copy": 1,
			"ignore_user_permissions": 1,
			"depends_on": "ai_agent",
		},
		{
			"fieldname": "order_line",
			"fieldtype": "Data",
			"label": "Order Line",
			"insert_after": "ai_agent",
			"read_only": 1,
			"no_copy": 1,
			"depends_on": "ai_agent",
		},
	],
	"Journal Entry": [
		{
			"fieldname": "prepaid_wallet",
			"fieldtype": "Link",
			"options": "Prepaid Wallet",
			"label": "Prepaid Wallet",
			"insert_after": "user_remark",
			"read_only": 1,
			"no_copy": 1,
			"search_index": 1,
			"ignore_user_permissions": 1,
		},
	],
	"Sales Invoice Item": LINE_FIELDS,
	"Payment Entry": [
		{
			"fieldname": "billing_key",
			"fieldtype": "Data",
			"label": "Billing Key",
			"insert_after": "reference_date",
			"hidden": 1,
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"unique": 1,
		},
	],
	"Customer": [
		{
			"fieldname": "external_id",
			"fieldtype": "Data",
			"label": "External ID",
			"insert_after": "customer_name",
			"unique": 1,
			"no_copy": 1,
			"description": "What your own systems call this customer",
		},
	],
}
