frappe.listview_settings["Billing Order"] = {
	add_fields: ["status", "last_error", "needs_approval", "next_billing_date", "currency"],
	hide_name_column: false,

	get_indicator(order) {
		if (order.last_error) return [__("Cannot be billed"), "red", "last_error,is,set"];
		if (order.needs_approval) return [__("Waits for approval"), "orange", "needs_approval,=,1"];
		const colors = { Draft: "gray", Active: "green", Paused: "orange", Ended: "blue", Cancelled: "darkgrey" };
		return [__(order.status), colors[order.status], `status,=,${order.status}`];
	},

	onload(list) {
		list.page.add_inner_button(__("Cannot be billed"), () =>
			list.filter_area.clear().then(() => list.filter_area.add("Billing Order", "last_error", "is", "set"))
		);
	},
};
