frappe.listview_settings["Usage Event"] = {
	hide_name_column: true,
	add_fields: ["billing_period", "refused_because"],

	get_indicator(event) {
		if (event.refused_because) return [__("Refused"), "red", "refused_because,is,set"];
		if (event.billing_period) return [__("Billed"), "green", "billing_period,is,set"];
		return [__("Not billed yet"), "orange", "billing_period,is,not set"];
	},
};
