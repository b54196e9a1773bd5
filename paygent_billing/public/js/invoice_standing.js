// Where an invoice of the billing stands, and the buttons for what may be done with it.

frappe.provide("paygent_billing.invoice");

paygent_billing.invoice.COLORS = {
	draft: "gray",
	open: "blue",
	past_due: "orange",
	paid: "green",
	void: "darkgrey",
	uncollectible: "red",
};

frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		if (frm.doc.billing_origin && !frm.is_new()) paygent_billing.invoice.show(frm);
	},
	dirty(frm) {
		if (frm.doc.billing_origin) frm.enable_save();
	},
});

paygent_billing.invoice.show = function (frm) {
	const invoice = paygent_billing.invoice;
	frm.page.clear_secondary_action();
	if (frm.doc.docstatus === 2) frm.page.clear_primary_action(); // a void invoice is not amended
	frappe.call("paygent_billing.api.invoices.standing", { invoice: frm.doc.name }).then(({ message }) => {
		if (message.name !== frm.doc.name) return;
		frm.page.set_indicator(invoice.label(message.status), invoice.COLORS[message.status]);
		invoice.show_headline(frm, message);
		for (const action of message.actions.filter((name) => invoice.ACTIONS[name])) {
			const [label, open] = invoice.ACTIONS[action];
			frm.add_custom_button(label(), () => open(frm, message), __("Billing"));
		}
		if (frm.doc.docstatus === 0 && !frm.is_dirty()) show_open(frm, message);
	});
};

paygent_billing.invoice.label = function (status) {
	const labels = {
		draft: __("Draft"),
		open: __("Open"),
		past_due: __("Past due"),
		paid: __("Paid"),
		void: __("Void"),
		uncollectible: __("Uncollectible"),
	};
	return labels[status] || status;
};

paygent_billing.invoice.show_headline = function (frm, standing) {
	const reason = frappe.utils.escape_html(frm.doc.billing_reason || "");
	const words = [];
	if (frm.doc.billing_status === "void" && standing.replaced_by) {
		words.push(__("Replaced by {0}.", [link("Sales Invoice", standing.replaced_by)]));
	}
	if (frm.doc.amended_from) words.push(__("Replaces {0}.", [link("Sales Invoice", frm.doc.amended_from)]));
	if (reason && ["void", "uncollectible"].includes(standing.status)) words.push(__("Reason: {0}", [reason]));
	for (const receipt of standing.receipts) words.push(__("Receipt {0}", [link("Billing Receipt", receipt)]));
	if (words.length) frm.dashboard.set_headline(words.join(" "));
};

function link(doctype, name) {
	return frappe.utils.get_form_link(doctype, name, true, frappe.utils.escape_html(name));
}

// A draft of the billing is issued by its action, which gives it its number: not by the form's Submit.
function show_open(frm, standing) {
	frm.page.clear_primary_action();
	frm.set_intro("");
	if (!standing.actions.includes("open")) return;
	frm.page.set_primary_action(__("Open"), () => paygent_billing.invoice.ACTIONS.open[1](frm, standing));
}
