// The list of invoices: those of the billing show their own state, and a new one-off begins here.

frappe.provide("paygent_billing.invoice");

(function () {
	const settings = frappe.listview_settings["Sales Invoice"] || {};
	const of_erpnext = { get_indicator: settings.get_indicator, onload: settings.onload };
	const STATES = {
		draft: [__("Draft"), "gray"],
		open: [__("Open"), "blue"],
		past_due: [__("Past due"), "orange"],
		paid: [__("Paid"), "green"],
		void: [__("Void"), "darkgrey"],
		uncollectible: [__("Uncollectible"), "red"],
	};
	Object.assign(settings, {
		add_fields: [...(settings.add_fields || []), "billing_status"],
		has_indicator_for_draft: 1,
		has_indicator_for_cancelled: 1,
		get_indicator(doc) {
			const state = STATES[doc.billing_status];
			if (state) return [...state, `billing_status,=,${doc.billing_status}`];
			if (doc.docstatus === 0) return [__("Draft"), "red", "docstatus,=,0"];
			if (doc.docstatus === 2) return [__("Cancelled"), "red", "docstatus,=,2"];
			return of_erpnext.get_indicator ? of_erpnext.get_indicator(doc) : undefined;
		},
		onload(list) {
			if (of_erpnext.onload) of_erpnext.onload(list);
			if (!frappe.model.can_create("Sales Invoice")) return;
			list.page.add_inner_button(__("New one-off invoice"), () => paygent_billing.invoice.new_one_off(list));
		},
	});
	frappe.listview_settings["Sales Invoice"] = settings;
})();
