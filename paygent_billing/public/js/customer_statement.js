// A customer's statement for a period, as PDF.

frappe.ui.form.on("Customer", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Sales Invoice")) return;
		frm.add_custom_button(__("Statement"), () => ask_for_statement(frm), __("View"));
	},
});

function ask_for_statement(frm) {
	const today = frappe.datetime.get_today();
	const dialog = new frappe.ui.Dialog({
		title: __("Statement for {0}", [frappe.utils.escape_html(frm.doc.customer_name)]),
		fields: [
			{
				fieldname: "company",
				fieldtype: "Link",
				options: "Company",
				label: __("Company"),
				default: frappe.defaults.get_user_default("Company"),
				reqd: 1,
			},
			{
				fieldname: "first_day",
				fieldtype: "Date",
				label: __("From"),
				default: `${today.slice(0, 4)}-01-01`,
				reqd: 1,
			},
			{ fieldname: "last_day", fieldtype: "Date", label: __("To"), default: today, reqd: 1 },
		],
		primary_action_label: __("Open PDF"),
		primary_action(values) {
			const asked = new URLSearchParams({ customer: frm.doc.name, ...values });
			window.open(`/api/method/paygent_billing.api.statements.download?${asked}`);
			dialog.hide();
		},
	});
	dialog.show();
}
