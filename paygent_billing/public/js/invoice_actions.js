// The actions on an invoice. Each calls one method of paygent_billing.api.invoices.

frappe.provide("paygent_billing.invoice");

paygent_billing.invoice.METHODS = [
	{ value: "bank_transfer", label: __("Bank transfer") },
	{ value: "cash", label: __("Cash") },
	{ value: "cheque", label: __("Cheque") },
	{ value: "card", label: __("Card") },
];

paygent_billing.invoice.ACTIONS = {
	open: [() => __("Open"), (frm) => open_draft(frm)],
	mark_as_paid: [() => __("Mark as paid"), (frm, standing) => mark_as_paid(frm, standing)],
	record_payment: [() => __("Record payment"), (frm, standing) => record_payment(frm, standing)],
	edit: [() => __("Edit"), (frm, standing) => paygent_billing.invoice.edit(frm, standing)],
	credit: [() => __("Credit note"), (frm, standing) => paygent_billing.invoice.give_back(frm, standing, false)],
	refund: [() => __("Refund"), (frm, standing) => paygent_billing.invoice.give_back(frm, standing, true)],
	void: [() => __("Void"), (frm) => void_invoice(frm)],
	mark_uncollectible: [() => __("Mark uncollectible"), (frm, standing) => mark_uncollectible(frm, standing)],
	rebill: [() => __("Re-bill period"), (frm) => rebill(frm)],
};

function open_draft(frm) {
	frappe.confirm(
		__("Issue this invoice? It gets its number, and from then on its lines are in the ledger."),
		() => paygent_billing.invoice.act(frm, "open_draft", {}, __("The invoice is open."))
	);
}

function mark_as_paid(frm, standing) {
	dialog(frm, {
		title: __("Mark as paid"),
		method: "mark_as_paid",
		action: __("Mark as paid"),
		done: __("The invoice is paid."),
		fields: [due_note(standing), ...how_fields()],
	});
}

function record_payment(frm, standing) {
	const key = frappe.utils.get_random(20);
	dialog(frm, {
		title: __("Record payment"),
		method: "record_payment",
		action: __("Record payment"),
		done: __("The payment is recorded."),
		fields: [
			due_note(standing),
			{
				fieldname: "amount",
				fieldtype: "Data",
				label: __("Amount in {0}", [standing.currency]),
				reqd: 1,
				default: standing.due,
				description: __("Less settles a part. More stays on the customer's account."),
			},
			...how_fields(),
		],
		args: (values) => ({ ...values, key }),
	});
}

function how_fields() {
	return [
		{
			fieldname: "method",
			fieldtype: "Select",
			label: __("Paid by"),
			options: paygent_billing.invoice.METHODS,
			default: "bank_transfer",
			reqd: 1,
		},
		{ fieldname: "on", fieldtype: "Date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 },
		{
			fieldname: "reference",
			fieldtype: "Data",
			label: __("Reference"),
			description: __("Number of the transfer, cheque or card payment"),
		},
	];
}

function void_invoice(frm) {
	dialog(frm, {
		title: __("Void {0}", [frappe.utils.escape_html(frm.doc.name)]),
		method: "void_unpaid",
		action: __("Void"),
		done: __("The invoice is void."),
		fields: [
			note(__("The invoice leaves the ledger and stays as a record. Its period is billed again only when asked.")),
			reason_field(),
		],
	});
}

function mark_uncollectible(frm, standing) {
	dialog(frm, {
		title: __("Mark uncollectible"),
		method: "mark_uncollectible",
		action: __("Write off"),
		done: __("The invoice is written off."),
		fields: [
			note(
				__("{0} {1} are booked as a bad debt. When they are paid after all, that is taken back.", [
					standing.currency,
					standing.due,
				])
			),
			reason_field(),
			{ fieldname: "on", fieldtype: "Date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 },
		],
	});
}

function rebill(frm) {
	frappe.confirm(
		__("Bill the period of {0} again? It is issued today with the same fees and usage, once.", [
			frappe.utils.escape_html(frm.doc.name).bold(),
		]),
		() => paygent_billing.invoice.act(frm, "rebill_void", {}, __("The period is billed again."))
	);
}

function due_note(standing) {
	return note(__("Due: {0} {1}", [standing.currency, standing.due]));
}

function note(text) {
	return { fieldtype: "HTML", options: `<p class="text-muted">${text}</p>` };
}

function reason_field() {
	return {
		fieldname: "reason",
		fieldtype: "Small Text",
		label: __("Reason"),
		max_height: "5rem",
		reqd: 1,
		description: __("Stays with the invoice"),
	};
}

function dialog(frm, { title, fields, method, action, done, args }) {
	const opened = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: action,
		primary_action: (values) =>
			paygent_billing.invoice
				.act(frm, method, args ? args(values) : values, done)
				.then(() => opened.hide()),
	});
	opened.show();
	return opened;
}

// Calls the method and shows the invoice that it answers with, which may be another one.
paygent_billing.invoice.act = function (frm, method, args, done) {
	const name = frm.doc.name;
	return frappe
		.call({ method: `paygent_billing.api.invoices.${method}`, args: { invoice: name, ...args }, freeze: true })
		.then(({ message }) => {
			frappe.show_alert({ message: done, indicator: "green" });
			if (message.name === name) return frm.reload_doc();
			frappe.model.clear_doc("Sales Invoice", name);
			frappe.set_route("Form", "Sales Invoice", message.name);
		});
};

paygent_billing.invoice.dialog = dialog;
paygent_billing.invoice.reason_field = reason_field;
paygent_billing.invoice.note = note;
