// The form of a wallet: what is left of it, its balance over time, its lots, and what can be done.

frappe.ui.form.on("Prepaid Wallet", {
	setup(frm) {
		frm.set_query("company", () => ({ filters: { is_group: 0 } }));
	},
	refresh(frm) {
		if (frm.is_new()) return;
		show_overview(frm);
		frm.add_custom_button(__("Statement"), () => open_statement(frm));
		frm.add_custom_button(__("Statement as PDF"), () => open_pdf(frm));
		if (!frappe.perm.has_perm("Prepaid Wallet", 0, "write")) return;
		frm.add_custom_button(__("Sell credits"), () => sell_credits(frm), __("Add"));
		frm.add_custom_button(__("Grant credits"), () => grant_credits(frm), __("Add"));
	},
});

async function show_overview(frm) {
	const { message } = await frappe.call({
		method: "paygent_billing.api.wallets.overview",
		type: "GET",
		args: { wallet: frm.doc.name },
	});
	const money = (text) => format_currency(text, message.currency);
	frm.dashboard.set_headline(headline(message, money), Number(message.left) > 0 ? "blue" : "orange");
	frm.get_field("lots_html").$wrapper.html(lots_table(message, money));
	draw_chart(frm, message);
}

function headline(wallet, money) {
	const parts = [__("{0} left to spend", [`<b>${money(wallet.left)}</b>`])];
	if (Number(wallet.unbilled)) parts.push(__("{0} used and not invoiced yet", [money(wallet.unbilled)]));
	if (Number(wallet.reserved)) parts.push(__("{0} reserved", [money(wallet.reserved)]));
	if (Number(wallet.pending)) parts.push(__("{0} wait for payment", [money(wallet.pending)]));
	return parts.join(" &middot; ");
}

function lots_table(wallet, money) {
	if (!wallet.lots.length) return `<p class="text-muted">${__("Nothing is left.")}</p>`;
	const rows = wallet.lots.map(
		(lot) => `<tr>
			<td>${lot.source === "bought" ? __("Bought") : __("Granted")}</td>
			<td>${origins(lot).join(" &middot; ")}</td>
			<td class="text-right">${money(lot.available)}</td>
			<td class="text-right">${Number(lot.pending) ? money(lot.pending) : ""}</td>
			<td>${lot.last_day ? frappe.datetime.str_to_user(lot.last_day) : __("No date")}</td>
		</tr>`
	);
	return `<table class="table table-bordered">
		<thead><tr><th>${__("Source")}</th><th>${__("From")}</th>
			<th class="text-right">${__("Available")}</th><th class="text-right">${__("Pending")}</th>
			<th>${__("Last day")}</th></tr></thead>
		<tbody>${rows.join("")}</tbody></table>
		<p class="text-muted small">${__("Drawn in this order.")}</p>`;
}

// The invoice and the order of a lot, as links.
function origins(lot) {
	return [
		["Sales Invoice", lot.sales_invoice],
		["Billing Order", lot.order],
	]
		.filter(([, name]) => name)
		.map(([doctype, name]) => frappe.utils.get_form_link(doctype, name, true));
}

function draw_chart(frm, wallet) {
	const field = frm.get_field("balance_chart");
	frm.toggle_display("section_balance", wallet.days.length > 1);
	if (wallet.days.length < 2) return;
	field.$wrapper.empty();
	new frappe.Chart(field.$wrapper.get(0), {
		type: "line",
		height: 220,
		colors: ["blue"],
		axisOptions: { xIsSeries: 1, shortenYAxisNumbers: 1 },
		lineOptions: { regionFill: 1, hideDots: wallet.days.length > 30 },
		tooltipOptions: { formatTooltipY: (value) => format_currency(value, wallet.currency) },
		data: {
			labels: wallet.days.map(([day]) => frappe.datetime.str_to_user(day)),
			datasets: [{ name: __("Available"), values: wallet.days.map(([, balance]) => Number(balance)) }],
		},
	});
}

function open_statement(frm) {
	frappe.set_route("query-report", "Wallet Statement", { wallet: frm.doc.name });
}

function open_pdf(frm) {
	const today = frappe.datetime.get_today();
	const dialog = new frappe.ui.Dialog({
		title: __("Statement"),
		fields: [
			{
				fieldname: "first_day",
				fieldtype: "Date",
				label: __("From"),
				default: frappe.datetime.add_months(today, -3),
				reqd: 1,
			},
			{ fieldname: "last_day", fieldtype: "Date", label: __("To"), default: today, reqd: 1 },
		],
		primary_action_label: __("Open PDF"),
		primary_action(values) {
			const asked = new URLSearchParams({ wallet: frm.doc.name, ...values });
			window.open(`/api/method/paygent_billing.api.wallets.statement?${asked}`);
			dialog.hide();
		},
	});
	dialog.show();
}

function sell_credits(frm) {
	ask(frm, {
		title: __("Sell credits"),
		label: __("Issue the invoice"),
		method: "top_up",
		fields: [
			{
				fieldname: "company",
				fieldtype: "Link",
				options: "Company",
				label: __("Company"),
				reqd: 1,
				default: frm.doc.company || frappe.defaults.get_user_default("Company"),
			},
			...credit_fields(frm),
		],
		done: ({ invoice }) =>
			__("Invoice {0} is issued. Its credits become available when it is paid.", [
				frappe.utils.get_form_link("Sales Invoice", invoice, true),
			]),
	});
}

function grant_credits(frm) {
	ask(frm, {
		title: __("Grant credits"),
		label: __("Grant"),
		method: "grant",
		fields: [
			...credit_fields(frm),
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		done: () => __("The credits are granted."),
	});
}

function credit_fields(frm) {
	return [
		{
			fieldname: "amount",
			fieldtype: "Data",
			label: __("Worth ({0})", [frm.doc.currency]),
			reqd: 1,
			description: __("An amount such as 100.00"),
		},
		{
			fieldname: "expires",
			fieldtype: "Date",
			label: __("Expire on"),
			description: __("The first day on which they are worth nothing; empty for no date"),
		},
	];
}

// The key makes a second click, or a repeated request, the same purchase or grant.
function ask(frm, { title, label, method, fields, done }) {
	const key = frappe.utils.get_random(20);
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: label,
		async primary_action(values) {
			const { message } = await frappe.call({
				method: `paygent_billing.api.wallets.${method}`,
				args: { customer: frm.doc.customer, currency: frm.doc.currency, key, ...values },
				freeze: true,
			});
			dialog.hide();
			frappe.show_alert({ message: done(message), indicator: "green" }, 10);
			frm.reload_doc();
		},
	});
	dialog.show();
}
