frappe.ui.form.on("Quarantined Usage", {
	refresh(form) {
		form.disable_save();
		if (form.doc.state !== "Open" || !frappe.model.can_create("Usage Event")) return;
		form.add_custom_button(__("Resubmit"), () => act(form, "resubmit"));
		form.add_custom_button(__("Discard"), () =>
			frappe.confirm(__("Never count this event?"), () => act(form, "discard"))
		);
	},
});

function act(form, action) {
	frappe
		.call(`paygent_billing.api.usage.${action}`, { names: [form.doc.name] })
		.then(() => form.reload_doc());
}
