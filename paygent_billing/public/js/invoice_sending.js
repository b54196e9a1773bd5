// An invoice by e-mail: to whom, what was sent so far, and what became of it.

frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		if (!frm.doc.docstatus || !frm.perm[0].email) return;
		frm.add_custom_button(__("Send by e-mail"), () => open_sending(frm), __("Customer"));
	},
});

const DELIVERY_COLORS = { Waiting: "orange", Queued: "blue", Sent: "green", Failed: "red" };

function open_sending(frm) {
	frappe
		.xcall("paygent_billing.api.deliveries.of_invoice", { invoice: frm.doc.name })
		.then(({ recipient, deliveries }) => show_sending(frm, recipient, deliveries));
}

function show_sending(frm, recipient, deliveries) {
	const dialog = new frappe.ui.Dialog({
		title: __("Send {0}", [frm.doc.name]),
		fields: [
			{
				fieldname: "recipients",
				fieldtype: "Data",
				label: __("To"),
				default: recipient,
				description: __("Several are apart by commas. Left empty: the order's contact, else the customer."),
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Words to the customer") },
			{ fieldname: "log", fieldtype: "HTML" },
		],
		primary_action_label: __("Send"),
		primary_action: (values) =>
			frappe
				.xcall("paygent_billing.api.deliveries.send", { invoice: frm.doc.name, ...values })
				.then((row) => {
					dialog.hide();
					frappe.show_alert({ message: __("Is sent to {0} in a minute.", [row.recipients]), indicator: "green" });
				}),
	});
	dialog.fields_dict.log.$wrapper.html(deliveries_of(deliveries));
	dialog.show();
}

function deliveries_of(deliveries) {
	if (!deliveries.length) return `<p class="text-muted">${__("Nothing was sent yet.")}</p>`;
	const safe = (text) => frappe.utils.escape_html(text || "");
	const rows = deliveries.map(
		(row) => `<tr>
			<td>${safe(frappe.datetime.str_to_user(row.creation))}</td>
			<td>${safe(row.recipients)}<div class="text-muted small">${safe(row.asked_by || __("by itself"))}</div></td>
			<td><span class="indicator-pill ${DELIVERY_COLORS[row.state]}">${safe(__(row.state))}</span>
				<div class="text-muted small">${safe(row.error)}</div></td>
		</tr>`
	);
	return `<table class="table table-sm invoice-deliveries"><tbody>${rows.join("")}</tbody></table>`;
}
