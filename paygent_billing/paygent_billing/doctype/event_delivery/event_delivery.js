frappe.ui.form.on("Event Delivery", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.state === "Pending" || !frappe.model.can_write("Webhook")) return;
		frm.add_custom_button(__("Send again"), () =>
			frappe
				.xcall("paygent_billing.api.events.redeliver", { delivery: frm.doc.name })
				.then(() => frm.reload_doc())
		);
	},
});
