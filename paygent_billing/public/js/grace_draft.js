// The draft of an order in grace is there to be looked at: the billing writes and issues it.

frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.docstatus || frm.doc.name !== `DRAFT-${frm.doc.billing_order}`) return;
		frm.disable_form();
		frm.dashboard.clear_headline(); // that it is to be submitted
		const order = frappe.utils.get_form_link("Billing Order", frm.doc.billing_order, true);
		frm.dashboard.set_headline(
			__("The next invoice of {0} as its usage stands. It is issued when the grace is over.", [order])
		);
	},
});
