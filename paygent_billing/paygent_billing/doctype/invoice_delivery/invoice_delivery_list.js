frappe.listview_settings["Invoice Delivery"] = {
	hide_name_column: true,

	get_indicator(row) {
		const colors = { Waiting: "orange", Queued: "blue", Sent: "green", Failed: "red" };
		return [__(row.state), colors[row.state], `state,=,${row.state}`];
	},
};
