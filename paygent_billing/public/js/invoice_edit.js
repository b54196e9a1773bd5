// Dialogs that show the lines of an invoice: editing one that is unpaid, giving back one that is paid.

frappe.provide("paygent_billing.invoice");

const TEXTS = [
	["contract_id", __("Contract ID"), "Data"],
	["memo", __("Memo"), "Data"],
	["customer_name", __("Customer Name"), "Data"],
	["tax_id", __("Tax ID"), "Data"],
	["gstin", __("GSTIN"), "Data"],
	["customer_address", __("Billing Address"), "Link"],
	["place_of_supply", __("Place of Supply"), "Data"],
	["terms", __("Terms"), "Small Text"],
	["notes", __("Notes"), "Small Text"],
];
const LINE_KEYS = ["description", "quantity", "rate", "first_day", "last_day", "hsn"];

paygent_billing.invoice.edit = function (frm, standing) {
	load(frm).then((known) => {
		const dialog = paygent_billing.invoice.dialog(frm, {
			title: __("Edit {0}", [frappe.utils.escape_html(frm.doc.name)]),
			method: "edit",
			action: __("Save"),
			done: standing.is_issued ? __("The invoice is replaced by this one.") : __("The draft is saved."),
			fields: edit_fields(known, standing),
			args: (values) => ({ changes: changes_of(known, values), reason: values.reason || "" }),
		});
		dialog.$wrapper.find(".modal-dialog").addClass("modal-xl");
		dialog.fields_dict.customer_address.get_query = () => ({
			query: "frappe.contacts.doctype.address.address.address_query",
			filters: { link_doctype: "Customer", link_name: frm.doc.customer },
		});
	});
};

function load(frm) {
	return frappe
		.call("paygent_billing.api.invoices.values_to_edit", { invoice: frm.doc.name })
		.then(({ message }) => message);
}

function edit_fields(known, standing) {
	const text = ([fieldname, label, fieldtype]) => ({
		fieldname,
		label,
		fieldtype,
		default: known[fieldname],
		...(fieldtype === "Link" ? { options: "Address" } : {}),
	});
	const issued = standing.is_issued
		? [
				paygent_billing.invoice.note(
					__("An issued invoice is cancelled, and another takes its place. Both stay, with the reason.")
				),
				paygent_billing.invoice.reason_field(),
		  ]
		: [];
	return [
		...issued,
		{ fieldtype: "Section Break" },
		{
			fieldname: "number",
			fieldtype: "Data",
			label: __("Number"),
			default: known.number,
			description: __("The next one of the series, or one that it left out"),
		},
		{ fieldname: "date", fieldtype: "Date", label: __("Date"), default: known.date },
		{ fieldname: "due_date", fieldtype: "Date", label: __("Due Date"), default: known.due_date },
		...TEXTS.slice(0, 2).map(text),
		{ fieldtype: "Column Break" },
		...TEXTS.slice(2, 7).map(text),
		{ fieldtype: "Section Break" },
		lines_table(known.lines),
		taxes_table(known.taxes),
		{ fieldtype: "Section Break" },
		text(TEXTS[7]),
		{ fieldtype: "Column Break" },
		text(TEXTS[8]),
	];
}

function lines_table(lines) {
	return {
		fieldname: "lines",
		fieldtype: "Table",
		label: __("Lines"),
		data: lines.map((line) => ({ ...line })),
		fields: paygent_billing.invoice.line_fields(),
	};
}

paygent_billing.invoice.line_fields = () => [
	{ fieldname: "description", fieldtype: "Small Text", label: __("Description"), in_list_view: 1, columns: 3, reqd: 1 },
	{ fieldname: "quantity", fieldtype: "Data", label: __("Quantity"), in_list_view: 1, columns: 1, default: "1" },
	{ fieldname: "rate", fieldtype: "Data", label: __("Price"), in_list_view: 1, columns: 1 },
	{ fieldname: "first_day", fieldtype: "Date", label: __("From"), in_list_view: 1, columns: 2 },
	{ fieldname: "last_day", fieldtype: "Date", label: __("To"), in_list_view: 1, columns: 2 },
	{ fieldname: "hsn", fieldtype: "Data", label: __("HSN/SAC"), in_list_view: 1, columns: 1 },
];

function taxes_table(taxes) {
	return {
		fieldname: "taxes",
		fieldtype: "Table",
		label: __("Taxes"),
		data: taxes.map((tax) => ({ ...tax })),
		fields: [
			{
				fieldname: "account",
				fieldtype: "Link",
				options: "Account",
				label: __("Account"),
				in_list_view: 1,
				columns: 4,
				reqd: 1,
			},
			{ fieldname: "description", fieldtype: "Data", label: __("Name"), in_list_view: 1, columns: 3 },
			{ fieldname: "rate", fieldtype: "Data", label: __("Percent"), in_list_view: 1, columns: 1 },
			{ fieldname: "amount", fieldtype: "Data", label: __("or Amount"), in_list_view: 1, columns: 2 },
		],
	};
}

// Only what was changed is sent: the rest of the invoice stays to the last decimal.
function changes_of(known, values) {
	const changes = {};
	for (const key of ["number", "date", "due_date", ...TEXTS.map(([key]) => key)]) {
		if ((values[key] || "") !== (known[key] || "")) changes[key] = values[key] || "";
	}
	const lines = (values.lines || []).map((line) => line_change(known.lines, line));
	const is_same = lines.length === known.lines.length && lines.every((line) => Object.keys(line).join() === "row");
	if (!is_same) changes.lines = lines;
	const taxes = (values.taxes || []).map((tax) => texts_of(tax, ["account", "description", "rate", "amount"]));
	const before = known.taxes.map((tax) => texts_of(tax, ["account", "description", "rate", "amount"]));
	if (JSON.stringify(taxes) !== JSON.stringify(before)) changes.taxes = taxes;
	return changes;
}

function line_change(known, line) {
	const before = known.find((row) => row.row === line.row);
	if (!before) return texts_of(line, LINE_KEYS);
	const changed = LINE_KEYS.filter((key) => String(line[key] || "") !== String(before[key] || ""));
	return { row: line.row, ...texts_of(line, changed) };
}

function texts_of(row, keys) {
	return Object.fromEntries(keys.map((key) => [key, String(row[key] || "")]));
}

paygent_billing.invoice.texts_of = texts_of;
paygent_billing.invoice.load = load;
