frappe.ui.form.on("Agent Plan", {
	setup(frm) {
		frm.set_query("agent", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Agent Plan")) return;
		frm.add_custom_button(__("New version"), () => make_new_version(frm));
		if (frm.doc.disabled) frm.dashboard.set_headline(__("Not for new orders any more."), "orange");
	},
});

function make_new_version(frm) {
	const question = __(
		"Copy {0} under the next version number? New orders take the new version; running ones keep this one until you change their plan.",
		[frappe.utils.escape_html(frm.doc.name).bold()]
	);
	frappe.confirm(question, () =>
		frm.call("new_version").then(({ message }) => frappe.set_route("Form", "Agent Plan", message))
	);
}
