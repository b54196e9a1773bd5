frappe.listview_settings["Agent Plan"] = {
	add_fields: ["disabled", "kind"],

	get_indicator(plan) {
		if (plan.disabled) return [__("Disabled"), "gray", "disabled,=,1"];
		return plan.kind === "Custom" ? [__("Custom"), "purple", "kind,=,Custom"] : [__("Standard"), "blue", "kind,=,Standard"];
	},
};
