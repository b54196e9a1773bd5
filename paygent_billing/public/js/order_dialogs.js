// The dialogs of the menu Change. Each calls one method of paygent_billing.api.orders through act().

function change_line(frm) {
	const rows = current_rows(frm);
	const dialog = open_dialog(frm, {
		title: __("Change plan or seats"),
		method: "change_line",
		action: __("Change"),
		done: __("The line is changed."),
		fields: [
			line_field(rows),
			{ fieldname: "plan", fieldtype: "Link", options: "Agent Plan", label: __("Plan") },
			{ fieldname: "seats", fieldtype: "Int", label: __("Seats"), non_negative: 1 },
			day_field(frm, __("From")),
		],
		args: (values) => changed(rows, values),
	});
	const row = () => rows.find((known) => known.line === dialog.get_value("line")) || rows[0];
	dialog.fields_dict.plan.get_query = () => ({
		filters: [
			["agent", "=", row().agent],
			["currency", "=", frm.doc.currency],
			["disabled", "=", 0],
			["customer", "in", ["", frm.doc.customer]],
		],
	});
	const show = () => dialog.set_values({ plan: row().plan, seats: row().seats });
	dialog.fields_dict.line.df.onchange = show;
	show();
}

function changed(rows, values) {
	const row = rows.find((known) => known.line === values.line);
	const args = { line: values.line, on: values.on };
	if (values.plan && values.plan !== row.plan) args.plan = values.plan;
	if (cint(values.seats) !== row.seats) args.seats = cint(values.seats);
	return args;
}

function add_line(frm) {
	const dialog = open_dialog(frm, {
		title: __("Add agent"),
		method: "add_line",
		action: __("Add"),
		done: __("The agent is added."),
		fields: [
			{ fieldname: "agent", fieldtype: "Link", options: "AI Agent", label: __("Agent"), reqd: 1 },
			{
				fieldname: "pricing",
				fieldtype: "Select",
				label: __("Pricing"),
				options: ["Standard", "Custom", "No plan"],
				default: "Standard",
			},
			{
				fieldname: "plan",
				fieldtype: "Link",
				options: "Agent Plan",
				label: __("Plan"),
				depends_on: "eval:doc.pricing!='No plan'",
				mandatory_depends_on: "eval:doc.pricing!='No plan'",
			},
			{ fieldname: "seats", fieldtype: "Int", label: __("Seats"), default: 0, non_negative: 1 },
			day_field(frm, __("From")),
			...credit_fields(frm),
		],
		args: ({ pricing, plan, seats, rollover_cap, ...values }) => ({
			...values,
			seats: cint(seats),
			rollover_cap: String(rollover_cap || 0),
			plan: pricing === "No plan" ? "" : plan,
		}),
	});
	dialog.fields_dict.agent.get_query = () => ({ filters: { disabled: 0 } });
	dialog.fields_dict.plan.get_query = () =>
		paygent_billing.order.plans_for(frm.doc, dialog.get_value("agent"), dialog.get_value("pricing"));
}

function credit_fields(frm) {
	return [
		{ fieldtype: "Section Break", label: __("Prepaid credits"), collapsible: 1 },
		{
			fieldname: "rollover",
			fieldtype: "Select",
			label: __("Rollover"),
			options: ["None", "All", "Capped"],
			default: "None",
			description: __("What becomes of a period's unused granted credits"),
		},
		{
			fieldname: "rollover_cap",
			fieldtype: "Float",
			label: __("Rollover cap in {0}", [frm.doc.currency]),
			depends_on: "eval:doc.rollover=='Capped'",
		},
		{
			fieldname: "overage",
			fieldtype: "Select",
			label: __("Overage"),
			options: ["Bill", "Block"],
			default: "Bill",
			description: __("Whether usage beyond the credits is billed or refused"),
		},
	];
}

function remove_line(frm) {
	open_dialog(frm, {
		title: __("Remove agent"),
		method: "remove_line",
		action: __("Remove"),
		done: __("The agent is removed."),
		fields: [line_field(current_rows(frm)), day_field(frm, __("First day without it"))],
	});
}

function add_one_off(frm) {
	open_dialog(frm, {
		title: __("One-off charge"),
		method: "add_one_off",
		action: __("Add"),
		done: __("The charge waits for the next invoice."),
		fields: [
			{
				fieldname: "description",
				fieldtype: "Data",
				label: __("Description"),
				reqd: 1,
				description: __("Stands on the invoice, such as: Workshop on 3 March"),
			},
			{
				fieldname: "amount",
				fieldtype: "Float",
				precision: 9,
				label: __("Amount in {0}", [frm.doc.currency]),
				reqd: 1,
				description: __("Before tax. A negative amount is taken off the invoice."),
			},
		],
		args: ({ description, amount }) => ({ description, amount: String(amount) }),
	});
}

function current_rows(frm) {
	return frm.doc.lines.filter((row) => !row.valid_until);
}

function line_field(rows) {
	const label = (row) => [row.line, row.agent, row.plan].filter(Boolean).join(" · ");
	return {
		fieldname: "line",
		fieldtype: "Select",
		label: __("Agent"),
		options: rows.map((row) => ({ value: row.line, label: label(row) })),
		default: rows.length ? rows[0].line : "",
		reqd: 1,
	};
}

function day_field(frm, label) {
	return {
		fieldname: "on",
		fieldtype: "Date",
		label,
		default: frappe.datetime.get_today(),
		reqd: 1,
		description: frm.doc.billed_on
			? __("Not before {0}; days that are paid already are corrected.", [
					frappe.datetime.str_to_user(frm.doc.billed_on),
			  ])
			: "",
	};
}

function open_dialog(frm, { title, fields, method, action, done, args }) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: action,
		primary_action: (values) =>
			act(frm, method, args ? args(values) : values, done).then(() => dialog.hide()),
	});
	dialog.show();
	return dialog;
}
