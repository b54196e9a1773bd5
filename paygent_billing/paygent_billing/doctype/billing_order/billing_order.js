// The order's form: what may be chosen, where the order stands, and its actions (public/js/order_*.js).

frappe.ui.form.on("Billing Order", {
	setup(frm) {
		set_queries(frm);
		// Invoices and service orders of an order are made by the billing only.
		frm.can_make_methods = { "Sales Invoice": () => false, "Sales Order": () => false };
	},

	onload(frm) {
		offer_time_zones(frm);
		if (frm.is_new() && !frm.doc.amended_from) take_defaults(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		paygent_billing.order.show_standing(frm);
		paygent_billing.order.add_buttons(frm);
	},

	customer(frm) {
		frm.set_value("contact_person", null);
		take_defaults(frm);
	},

	company(frm) {
		frm.set_value("taxes_and_charges", null);
		take_defaults(frm);
	},

	before_workflow_action(frm) {
		return paygent_billing.order.confirm_workflow_action(frm);
	},
});

frappe.ui.form.on("Order Line", {
	agent(frm, cdt, cdn) {
		frappe.model.set_value(cdt, cdn, "plan", null);
	},

	pricing(frm, cdt, cdn) {
		frappe.model.set_value(cdt, cdn, "plan", null);
	},
});

function set_queries(frm) {
	frm.set_query("contact_person", () => ({
		query: "frappe.contacts.doctype.contact.contact.contact_query",
		filters: { link_doctype: "Customer", link_name: frm.doc.customer },
	}));
	frm.set_query("taxes_and_charges", () => ({ filters: { company: frm.doc.company, disabled: 0 } }));
	frm.set_query("agent", "lines", () => ({ filters: { disabled: 0 } }));
	frm.set_query("plan", "lines", (doc, cdt, cdn) => {
		const row = locals[cdt][cdn];
		return paygent_billing.order.plans_for(doc, row.agent, row.pricing);
	});
}

function take_defaults(frm) {
	const { company, customer } = frm.doc;
	frappe
		.xcall("paygent_billing.api.orders.new_order_values", { company: company || "", customer: customer || "" })
		.then((values) => {
			if (!frm.is_new()) delete values.payment_due_days;
			frm.set_value(values);
		});
}

function offer_time_zones(frm) {
	frappe
		.xcall("frappe.core.doctype.user.user.get_timezones")
		.then(({ timezones }) => frm.fields_dict.time_zone.set_data(timezones));
}
