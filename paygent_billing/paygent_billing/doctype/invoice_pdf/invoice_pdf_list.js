frappe.listview_settings["Invoice PDF"] = {
	hide_name_column: true,

	get_indicator(row) {
		const colors = { Pending: "orange", Made: "green" };
		return [__(row.state), colors[row.state], `state,=,${row.state}`];
	},
};
