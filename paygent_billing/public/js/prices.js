// The prices of an AI Agent or Agent Plan: what a pricing model charges, with an example, in each row's form.

frappe.provide("paygent_billing.prices");

paygent_billing.prices.examples = () => ({
	Flat: __("The same price each period. Price 99.00 costs 99.00."),
	"Per Unit": __("Units × rate. 140 units, 100 of them included, at 0.50 cost 40 × 0.50 = 20.00."),
	Graduated: __(
		"Each unit at the rate of its tier. Tiers up to 100 at 1.00 and then 0.80: 150 units cost 100 × 1.00 + 50 × 0.80 = 140.00."
	),
	Volume: __(
		"All units at the rate of the tier that they reach. Tiers up to 100 at 1.00 and then 0.80: 150 units cost 150 × 0.80 = 120.00."
	),
	Package: __("Whole packages, begun ones count. Size 1,000 at 5.00: 2,300 units cost 3 × 5.00 = 15.00."),
	Percentage: __(
		"A percent of what is counted. 2.5% of 4,000 is 100.00; At Least and At Most hold for the whole period."
	),
	Credits: __("Credits per unit × the value of a credit in the customer's wallet. 30 units at 2 credits are 60 credits."),
});

frappe.ui.form.on("Plan Charge", {
	form_render(frm, cdt, cdn) {
		show_example(frm, cdn);
		show_inputs_plainly(frm, cdn);
	},

	model(frm, cdt, cdn) {
		show_example(frm, cdn);
		offer_tiers(frm, locals[cdt][cdn]);
	},

	charge_type(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		const usual = { "Platform Fee": "Flat", "Seat Fee": "Per Unit", Usage: "Per Unit", "Setup Fee": "Flat", Minimum: "Flat" };
		frappe.model.set_value(cdt, cdn, "model", usual[row.charge_type]);
		if (!row.charge) frappe.model.set_value(cdt, cdn, "charge", frappe.scrub(row.charge_type || ""));
	},
});

function show_example(frm, cdn) {
	const row_form = frm.fields_dict.charges.grid.grid_rows_by_docname[cdn]?.grid_form;
	const field = row_form?.fields_dict?.model_help;
	if (!field) return;
	const example = paygent_billing.prices.examples()[row_form.row.doc.model] || "";
	const tiers = ["Graduated", "Volume"].includes(row_form.row.doc.model)
		? `<br>${__("Its tiers stand in the table Tiers below, under the same charge name.")}`
		: "";
	field.$wrapper.html(`<div class="form-message blue"><b>${__("Example")}:</b> ${example}${tiers}</div>`);
}

function show_inputs_plainly(frm, cdn) {
	const row_form = frm.fields_dict.charges.grid.grid_rows_by_docname[cdn]?.grid_form;
	for (const field of Object.values(row_form?.fields_dict || {})) {
		if (field.df?.fieldtype !== "Float") continue;
		field.format_for_input = (value) => (value === null || value === undefined || value === "" ? "" : plain(value));
		field.refresh();
	}
}

function offer_tiers(frm, row) {
	const has_tiers = (frm.doc.tiers || []).some((tier) => tier.charge === row.charge);
	if (!row.charge || has_tiers || !["Graduated", "Volume"].includes(row.model)) return;
	frm.add_child("tiers", { charge: row.charge, up_to: 100 });
	frm.add_child("tiers", { charge: row.charge });
	frm.refresh_field("tiers");
}

// Numbers without the zeros of their nine decimals; in the grid only those that the row's model uses.
const SHOWN_FOR = { price: ["Flat", "Package"], rate: ["Per Unit"] };

function plain(value) {
	const text = format_number(value, null, 9);
	const { decimal_str } = get_number_format_info(get_number_format());
	if (!decimal_str || !text.includes(decimal_str)) return text;
	const [whole, decimals] = text.split(decimal_str);
	const rest = decimals.replace(/0+$/, "");
	return rest ? whole + decimal_str + rest : whole;
}

function in_cell(text) {
	return `<div class="text-right">${text}</div>`;
}

const CELLS = {
	"Plan Charge": {
		price: (value, df, options, row) => in_cell(is_used("price", row) ? plain(value) : ""),
		rate: (value, df, options, row) => in_cell(is_used("rate", row) ? plain(value) : ""),
	},
	"Charge Tier": {
		up_to: (value) => in_cell(value ? plain(value) : __("above")),
		rate: (value) => in_cell(plain(value)),
		flat: (value) => in_cell(value ? plain(value) : ""),
	},
};

function is_used(fieldname, row) {
	return !row || SHOWN_FOR[fieldname].includes(row.model);
}

for (const [doctype, cells] of Object.entries(CELLS)) {
	for (const [fieldname, formatter] of Object.entries(cells)) {
		const field = frappe.meta.docfield_map[doctype]?.[fieldname];
		if (field) field.formatter = formatter;
	}
}
