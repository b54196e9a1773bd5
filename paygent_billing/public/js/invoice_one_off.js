// A new one-off invoice. What it comes to is computed by the site while it is written.

frappe.provide("paygent_billing.invoice");

paygent_billing.invoice.new_one_off = function () {
	const dialog = new frappe.ui.Dialog({
		title: __("New one-off invoice"),
		size: "extra-large",
		fields: one_off_fields(),
		primary_action_label: __("Save as draft"),
		primary_action: () => make(dialog, 0),
		secondary_action_label: __("Save and open"),
		secondary_action: () => make(dialog, 1),
	});
	dialog.fields_dict.customer.get_query = () => ({ filters: { disabled: 0 } });
	dialog.fields_dict.tax_template.get_query = () => ({ filters: { company: dialog.get_value("company"), disabled: 0 } });
	dialog.fields_dict.tax_account.get_query = () => ({
		filters: { company: dialog.get_value("company"), is_group: 0, account_type: "Tax" },
	});
	const show = frappe.utils.debounce(() => show_totals(dialog), 500);
	dialog.$wrapper.on("change input awesomplete-selectcomplete", show);
	dialog.fields_dict.company.df.onchange = () => use_currency(dialog);
	dialog.show();
	use_currency(dialog);
};

function one_off_fields() {
	return [
		{ fieldname: "customer", fieldtype: "Link", options: "Customer", label: __("Customer"), reqd: 1 },
		{
			fieldname: "company",
			fieldtype: "Link",
			options: "Company",
			label: __("Company"),
			reqd: 1,
			default: frappe.defaults.get_user_default("Company"),
		},
		{ fieldname: "currency", fieldtype: "Link", options: "Currency", label: __("Currency"), reqd: 1 },
		{ fieldtype: "Column Break" },
		{ fieldname: "date", fieldtype: "Date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 },
		{ fieldname: "due_date", fieldtype: "Date", label: __("Due Date"), description: __("Empty: after the due days of Paygent Settings") },
		{ fieldtype: "Column Break" },
		{ fieldname: "contract_id", fieldtype: "Data", label: __("Contract ID") },
		{ fieldname: "memo", fieldtype: "Data", label: __("Memo") },
		{ fieldtype: "Section Break" },
		{
			fieldname: "lines",
			fieldtype: "Table",
			label: __("Lines"),
			data: [{ description: "", quantity: "1", rate: "" }],
			fields: line_fields(),
		},
		{ fieldtype: "Section Break" },
		{ fieldname: "discount", fieldtype: "Data", label: __("Discount"), description: __("An amount, before taxes") },
		{
			fieldname: "taxes",
			fieldtype: "Select",
			label: __("Taxes"),
			options: [
				{ value: "rules", label: __("What applies to the customer") },
				{ value: "template", label: __("A template") },
				{ value: "amount", label: __("An amount") },
				{ value: "none", label: __("None") },
			],
			default: "rules",
		},
		{
			fieldname: "tax_template",
			fieldtype: "Link",
			options: "Sales Taxes and Charges Template",
			label: __("Tax Template"),
			depends_on: "eval:doc.taxes=='template'",
		},
		{ fieldname: "tax", fieldtype: "Data", label: __("Tax"), depends_on: "eval:doc.taxes=='amount'" },
		{
			fieldname: "tax_account",
			fieldtype: "Link",
			options: "Account",
			label: __("Tax Account"),
			depends_on: "eval:doc.taxes=='amount'",
			description: __("Empty: that of the default tax"),
		},
		{ fieldtype: "Column Break" },
		{ fieldname: "totals", fieldtype: "HTML" },
		{ fieldtype: "Section Break", label: __("Notes"), collapsible: 1 },
		{ fieldname: "notes", fieldtype: "Small Text", label: __("Notes") },
		{ fieldname: "terms", fieldtype: "Small Text", label: __("Terms") },
	];
}

function line_fields() {
	return [
		{ fieldname: "description", fieldtype: "Small Text", label: __("Description"), in_list_view: 1, columns: 3, reqd: 1 },
		{ fieldname: "quantity", fieldtype: "Data", label: __("Quantity"), in_list_view: 1, columns: 1, default: "1" },
		{ fieldname: "rate", fieldtype: "Data", label: __("Price"), in_list_view: 1, columns: 1, reqd: 1 },
		{ fieldname: "first_day", fieldtype: "Date", label: __("From"), in_list_view: 1, columns: 2 },
		{ fieldname: "last_day", fieldtype: "Date", label: __("To"), in_list_view: 1, columns: 2 },
		{ fieldname: "hsn", fieldtype: "Data", label: __("HSN/SAC"), in_list_view: 1, columns: 1 },
	];
}

function use_currency(dialog) {
	const company = dialog.get_value("company");
	if (!company) return;
	frappe.db
		.get_value("Company", company, "default_currency")
		.then(({ message }) => dialog.set_value("currency", message.default_currency));
}

function values_of(dialog) {
	const said = dialog.get_values(true) || {};
	const texts = ["customer", "company", "currency", "date", "due_date", "contract_id", "memo", "discount", "notes", "terms"];
	const values = {};
	for (const key of texts) if (said[key]) values[key] = String(said[key]);
	const keys = ["description", "quantity", "rate", "first_day", "last_day", "hsn"];
	const filled = (said.lines || []).filter((line) => line.description || line.rate);
	values.lines = filled.map((line) => Object.fromEntries(keys.map((key) => [key, String(line[key] || "")])));
	if (said.taxes === "template" && said.tax_template) values.tax_template = said.tax_template;
	if (said.taxes === "amount") Object.assign(values, { tax: String(said.tax || "0"), tax_account: said.tax_account || "" });
	if (said.taxes === "none") values.tax = "0";
	return values;
}

function show_totals(dialog) {
	const values = values_of(dialog);
	const is_ready = values.customer && values.lines.length && values.lines.every((line) => line.description && line.rate);
	if (!is_ready) return;
	const asked = (dialog.asked = (dialog.asked || 0) + 1);
	frappe
		.call({ method: "paygent_billing.api.invoices.one_off_totals", args: { values }, silent: true })
		.then(({ message }) => asked === dialog.asked && dialog.fields_dict.totals.$wrapper.html(totals_table(message)))
		.catch(() => asked === dialog.asked && dialog.fields_dict.totals.$wrapper.html(""));
}

function totals_table(totals) {
	const row = (label, amount) =>
		`<tr><td>${frappe.utils.escape_html(label)}</td><td class="text-right">${frappe.utils.escape_html(amount)}</td></tr>`;
	const rows = [row(__("Subtotal"), totals.subtotal)];
	if (Number(totals.discount)) rows.push(row(__("Discount"), `-${totals.discount}`));
	for (const tax of totals.taxes) rows.push(row(tax.name, tax.amount));
	const total = frappe.utils.escape_html(`${totals.currency} ${totals.total}`);
	return `<table class="table table-condensed one-off-totals">${rows.join("")}
		<tr><td><b>${__("Total")}</b></td><td class="text-right"><b>${total}</b></td></tr></table>`;
}

function make(dialog, is_opened) {
	if (!dialog.get_values()) return;
	frappe
		.call({
			method: "paygent_billing.api.invoices.one_off",
			args: { values: values_of(dialog), is_opened },
			freeze: true,
		})
		.then(({ message }) => {
			dialog.hide();
			frappe.set_route("Form", "Sales Invoice", message.name);
		});
}
