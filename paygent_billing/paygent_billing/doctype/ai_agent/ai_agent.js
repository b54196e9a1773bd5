frappe.ui.form.on("AI Agent", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Agent Plan")) return;
		frm.add_custom_button(__("New plan"), () => frappe.new_doc("Agent Plan", { agent: frm.doc.name }));
	},
});
