frappe.query_reports["Wallet Statement"] = {
	filters: [
		{
			fieldname: "wallet",
			label: __("Wallet"),
			fieldtype: "Link",
			options: "Prepaid Wallet",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const text = default_formatter(value, row, column, data);
		return data && data.bold ? `<strong>${text}</strong>` : text;
	},
};
