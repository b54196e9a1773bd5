// The events that a usage line of an invoice was billed from, in a dialog.

frappe.provide("paygent_billing.usage");

frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		if (paygent_billing.usage.lines(frm).length) {
			frm.add_custom_button(__("Usage Events"), () => paygent_billing.usage.show(frm), __("View"));
		}
	},
});

paygent_billing.usage.PAGE = 50;
paygent_billing.usage.METHOD = "paygent_billing.api.usage.";

paygent_billing.usage.lines = (frm) => frm.doc.items.filter((row) => row.usage_hash);

paygent_billing.usage.show = function (frm) {
	const lines = paygent_billing.usage.lines(frm);
	const title = (row) =>
		`${row.idx}: ${row.ai_agent}, ${row.billing_charge}, ` +
		`${frappe.datetime.str_to_user(row.service_from)} – ${frappe.datetime.str_to_user(row.service_to)}`;
	const dialog = new frappe.ui.Dialog({
		title: __("Usage of {0}", [frappe.utils.escape_html(frm.doc.name)]),
		size: "extra-large",
		fields: [
			{
				fieldname: "line",
				fieldtype: "Select",
				label: __("Line"),
				options: lines.map((row) => ({ value: row.name, label: title(row) })),
				change: () => dialog.get_value("line") && paygent_billing.usage.load(frm, dialog, 0),
			},
			{ fieldname: "evidence", fieldtype: "HTML" },
			{ fieldname: "events", fieldtype: "HTML" },
		],
		primary_action_label: __("Export"),
		primary_action: () =>
			open_url_post(`/api/method/${paygent_billing.usage.METHOD}export_of_line`, {
				invoice: frm.doc.name,
				row: dialog.get_value("line"),
			}),
		secondary_action_label: __("Check"),
		secondary_action: () => paygent_billing.usage.check(frm, dialog),
	});
	dialog.$wrapper.find(".modal-body").addClass("usage-of-line");
	dialog.show();
	dialog.set_value("line", lines[0].name);
};

paygent_billing.usage.call = (frm, dialog, method, values) =>
	frappe
		.call({
			method: paygent_billing.usage.METHOD + method,
			args: { invoice: frm.doc.name, row: dialog.get_value("line"), ...values },
			type: "GET",
		})
		.then(({ message }) => message);

paygent_billing.usage.load = async function (frm, dialog, start) {
	const count = paygent_billing.usage.PAGE;
	const page = await paygent_billing.usage.call(frm, dialog, "events_of_line", { start, count });
	const safe = (text) => frappe.utils.escape_html(String(text));
	const row = (event) => `<tr>
		<td>${safe(event.occurred_at)}</td>
		<td>${safe(event.id)}</td>
		<td class="text-right">${event.version || ""}</td>
		<td class="text-right">${safe(event.quantity)}</td>
		<td class="text-muted small">${safe(properties_of(event))}</td>
	</tr>`;
	const properties_of = ({ properties }) =>
		Object.entries(properties)
			.map(([name, value]) => `${name}: ${value}`)
			.join(", ");
	dialog.fields_dict.evidence.$wrapper.html(
		`<p>${__("{0} events", [page.total])}<br>
		<span class="text-muted small">${__("SHA-256 of the export")}: <code>${safe(page.hash)}</code></span></p>
		<p class="check-result"></p>`
	);
	dialog.fields_dict.events.$wrapper.html(
		`<div style="max-height: 50vh; overflow: auto"><table class="table table-sm"><thead><tr>
			<th>${__("Occurred at")}</th><th>${__("Event ID")}</th>
			<th class="text-right">${__("Correction")}</th><th class="text-right">${__("Quantity")}</th>
			<th>${__("Properties")}</th>
		</tr></thead><tbody>${page.events.map(row).join("")}</tbody></table></div>
		<p class="text-muted small mt-2 mb-0 pages"></p>`
	);
	const pages = dialog.fields_dict.events.$wrapper.find(".pages");
	const to = (label, first) =>
		$(`<button class="btn btn-xs btn-default mr-2">${label}</button>`)
			.on("click", () => paygent_billing.usage.load(frm, dialog, first))
			.appendTo(pages);
	if (start) to(__("Previous"), Math.max(start - count, 0));
	if (start + count < page.total) to(__("Next"), start + count);
	if (page.events.length) {
		pages.append(__("{0} to {1} of {2}", [start + 1, start + page.events.length, page.total]));
	}
};

paygent_billing.usage.check = async function (frm, dialog) {
	const check = await paygent_billing.usage.call(frm, dialog, "verify_line");
	const [color, words] = check.is_equal
		? ["green", __("The events are exactly those that the line was billed from.")]
		: ["red", __("The events are not those that the line was billed from: now {0}.", [found_now(check)])];
	dialog.fields_dict.evidence.$wrapper
		.find(".check-result")
		.html(`<span class="indicator ${color}">${words}</span>`);

	function found_now({ problem, events, hash }) {
		return frappe.utils.escape_html(problem || __("{0} events with the hash {1}", [events, hash]));
	}
};
