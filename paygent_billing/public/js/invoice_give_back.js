// Refund and credit note of a paid invoice: all of it, an amount, or some of its lines.

frappe.provide("paygent_billing.invoice");

paygent_billing.invoice.give_back = function (frm, standing, pays_back) {
	const key = frappe.utils.get_random(20); // a second click is the same refund
	paygent_billing.invoice.load(frm).then((known) => {
		paygent_billing.invoice.dialog(frm, {
			title: pays_back ? __("Refund") : __("Credit note without paying back"),
			method: "refund",
			action: pays_back ? __("Refund") : __("Make credit note"),
			done: pays_back ? __("The money is paid back.") : __("The amount is on the customer's account."),
			fields: fields(known, pays_back),
			args: (values) => ({ ...args(values, pays_back), key }),
		});
	});
};

function fields(known, pays_back) {
	return [
		paygent_billing.invoice.note(
			pays_back
				? __("A credit note is made and the money is paid out of the default bank account.")
				: __("A credit note is made. Its amount settles what the customer owes, now or next.")
		),
		{
			fieldname: "how_much",
			fieldtype: "Select",
			label: __("How much"),
			options: [
				{ value: "all", label: __("All of it") },
				{ value: "amount", label: __("An amount") },
				{ value: "lines", label: __("Some lines") },
			],
			default: "all",
			reqd: 1,
		},
		{
			fieldname: "amount",
			fieldtype: "Data",
			label: __("Amount in {0}, with taxes", [known.currency]),
			depends_on: "eval:doc.how_much=='amount'",
			mandatory_depends_on: "eval:doc.how_much=='amount'",
		},
		{
			fieldname: "lines",
			fieldtype: "Table",
			label: __("Lines, in {0} before taxes", [known.currency]),
			depends_on: "eval:doc.how_much=='lines'",
			cannot_add_rows: true,
			cannot_delete_rows: true,
			data: known.lines
				.filter((line) => !line.net.startsWith("-"))
				.map((line) => ({ row: line.row, description: line.description, of: line.net, amount: "" })),
			fields: [
				{ fieldname: "description", fieldtype: "Data", label: __("Line"), in_list_view: 1, read_only: 1, columns: 5 },
				{ fieldname: "of", fieldtype: "Data", label: __("Billed"), in_list_view: 1, read_only: 1, columns: 2 },
				{ fieldname: "amount", fieldtype: "Data", label: __("Give back"), in_list_view: 1, columns: 3 },
			],
		},
		paygent_billing.invoice.reason_field(),
		{ fieldname: "on", fieldtype: "Date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 },
	];
}

function args(values, pays_back) {
	const sent = { reason: values.reason, on: values.on, pays_back: pays_back ? 1 : 0 };
	if (values.how_much === "amount") sent.amount = values.amount;
	if (values.how_much === "lines") {
		const named = (values.lines || []).filter((line) => line.amount);
		if (!named.length) frappe.throw(__("Say for at least one line how much is given back."));
		sent.lines = Object.fromEntries(named.map((line) => [line.row, String(line.amount)]));
	}
	return sent;
}
