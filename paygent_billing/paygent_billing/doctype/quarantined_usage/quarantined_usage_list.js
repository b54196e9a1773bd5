frappe.listview_settings["Quarantined Usage"] = {
	hide_name_column: true,

	onload(list) {
		if (!frappe.model.can_create("Usage Event")) return;
		list.page.add_action_item(__("Resubmit"), () => act_on_checked(list, "resubmit"));
		list.page.add_action_item(__("Discard"), () =>
			frappe.confirm(__("Never count the chosen events?"), () => act_on_checked(list, "discard"))
		);
	},
};

function act_on_checked(list, action) {
	const names = list.get_checked_items(true);
	frappe
		.call(`paygent_billing.api.usage.${action}`, { names })
		.then((answer) => {
			if (action === "resubmit") {
				const taken = answer.message.results.filter((row) => ["accepted", "duplicate"].includes(row.status));
				frappe.show_alert(__("{0} of {1} recorded", [taken.length, names.length]));
			}
			list.clear_checked_items();
			list.refresh();
		});
}
