frappe.listview_settings["Event Delivery"] = {
	hide_name_column: true,

	get_indicator(row) {
		const colors = { Pending: "orange", Delivered: "green", Failed: "red", Skipped: "gray" };
		return [__(row.state), colors[row.state], `state,=,${row.state}`];
	},
};
