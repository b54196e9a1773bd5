// The actions of an order. Each calls one method of paygent_billing.api.orders.

frappe.provide("paygent_billing.order");

const CHANGEABLE = ["Active", "Paused"];

paygent_billing.order.add_buttons = function (frm) {
	const order = paygent_billing.order;
	if (frm.doc.status !== "Cancelled" && (frm.doc.lines || []).length) {
		frm.add_custom_button(__("Next invoice"), () => order.show_next_invoice(frm));
	}
	if (!frm.perm[0].write) return;
	if (waits_for_first_invoice(frm.doc)) {
		frm.add_custom_button(__("Make first invoice"), () => make_first_invoice(frm)).addClass("btn-primary");
	}
	if (is_due(frm.doc)) frm.add_custom_button(__("Bill now"), () => bill_now(frm));
	const change = (label, open) => frm.add_custom_button(label, () => open(frm), __("Change"));
	if (frm.doc.needs_approval) change(__("Approve backlog"), approve_backlog);
	if (!CHANGEABLE.includes(frm.doc.status)) return;
	change(__("Plan or seats"), change_line);
	change(__("Add agent"), add_line);
	change(__("Remove agent"), remove_line);
	change(__("One-off charge"), add_one_off);
	change(__("End on a day"), end);
};

paygent_billing.order.plans_for = function (order, agent, pricing) {
	const filters = { agent: agent || "", currency: order.currency, disabled: 0, kind: pricing };
	if (pricing === "Custom") filters.customer = order.customer;
	return { filters };
};

// Ending and cancelling cannot be undone, so the workflow's buttons ask first. A promise that stays open is how
// a form script keeps the workflow from going on.
paygent_billing.order.confirm_workflow_action = function (frm) {
	const action = frm.selected_workflow_action;
	const question = questions(frm)[action];
	if (action !== "End Order" && !question) return Promise.resolve();
	frappe.dom.unfreeze();
	return new Promise((resolve) => {
		if (action === "End Order") return end(frm);
		frappe.confirm(question, () => resolve(frappe.dom.freeze()));
	});
};

function questions(frm) {
	return {
		"Cancel Order": __("Call {0} off? Nothing more of it is billed, not even usage so far. This cannot be undone.", [
			frm.doc.name.bold(),
		]),
		Pause: __("Pause {0} from today on? Nothing is billed until it is resumed.", [frm.doc.name.bold()]),
	};
}

function end(frm) {
	open_dialog(frm, {
		title: __("End order"),
		method: "end",
		action: __("End order"),
		done: __("The order ends. What is left is billed on the day after."),
		fields: [
			{
				fieldname: "last_day",
				fieldtype: "Date",
				label: __("Last day of service"),
				default: frappe.datetime.get_today(),
				reqd: 1,
				description: __("Usage up to this day is billed with the closing invoice. This cannot be undone."),
			},
		],
	});
}

function waits_for_first_invoice(order) {
	return order.first_invoice_by_hand && !order.invoice_anchor && !["Draft", "Cancelled"].includes(order.status);
}

function make_first_invoice(frm) {
	open_dialog(frm, {
		title: __("Make first invoice"),
		method: "make_first_invoice",
		action: __("Make invoice"),
		done: __("The first invoice is made. Later ones are made by the billing."),
		fields: [
			{
				fieldname: "on",
				fieldtype: "Date",
				label: __("Invoice date"),
				default: frappe.datetime.get_today(),
				reqd: 1,
				description: __(
					"From {0} up to today. Later invoices are made on this day of the cycle; the service cycle stays.",
					[frappe.datetime.str_to_user(frm.doc.start_date)]
				),
			},
			{ fieldname: "memo", fieldtype: "Data", length: 240, label: __("Memo"), description: __("Stands on the invoice") },
		],
	});
}

function approve_backlog(frm) {
	frappe.confirm(__("Bill all that {0} has missed with the next billing run?", [frm.doc.name.bold()]), () =>
		act(frm, "approve_backlog", {}, __("The backlog is billed with the next run."))
	);
}

function is_due(order) {
	return order.next_billing_date && order.next_billing_date <= frappe.datetime.get_today() && !order.needs_approval;
}

function bill_now(frm) {
	frappe
		.call({ method: "paygent_billing.api.orders.bill_now", args: { order: frm.doc.name }, freeze: true })
		.then(({ message }) => {
			const is_billed = message.state === "billed";
			frappe.show_alert({
				message: is_billed
					? __("Invoices made: {0}", [message.invoices.length])
					: frappe.utils.escape_html(message.reason),
				indicator: is_billed ? "green" : "red",
			});
			return frm.reload_doc();
		});
}

function act(frm, method, args, done) {
	return frappe
		.call({
			method: `paygent_billing.api.orders.${method}`,
			args: { order: frm.doc.name, ...args },
			freeze: true,
		})
		.then(() => {
			frappe.show_alert({ message: done, indicator: "green" });
			return frm.reload_doc();
		});
}
