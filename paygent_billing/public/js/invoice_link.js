// What a customer sees of an invoice: a preview, and links to it.

frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		frm.add_custom_button(__("Preview"), () => preview_invoice(frm), __("Customer"));
		if (!frm.doc.docstatus || frm.is_new()) return;
		frm.add_custom_button(__("Links"), () => show_links(frm), __("Customer"));
	},
});

// The form as it is, saved or not, without scripts in a frame of its own.
function preview_invoice(frm) {
	frappe
		.call({ method: "paygent_billing.api.links.preview", args: { doc: JSON.stringify(frm.doc) }, freeze: true })
		.then(({ message }) => {
			const dialog = new frappe.ui.Dialog({
				title: __("As the customer sees it"),
				size: "extra-large",
				fields: [{ fieldname: "page", fieldtype: "HTML" }],
			});
			const frame = document.createElement("iframe");
			frame.setAttribute("sandbox", "");
			frame.className = "invoice-preview";
			frame.style.cssText = "width: 100%; height: 75vh; border: 0; background: #fff";
			frame.srcdoc = message;
			dialog.fields_dict.page.$wrapper.empty().append(frame);
			dialog.show();
		});
}

function show_links(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Links to {0}", [frm.doc.name]),
		fields: [{ fieldname: "links", fieldtype: "HTML" }],
		primary_action_label: __("Create link"),
		primary_action: () =>
			frappe
				.xcall("paygent_billing.api.links.create", { invoice: frm.doc.name })
				.then(({ link }) => load_links(frm, dialog, link)),
	});
	load_links(frm, dialog, "").then(() => dialog.show());
}

function load_links(frm, dialog, link) {
	return frappe
		.xcall("paygent_billing.api.links.of_invoice", { invoice: frm.doc.name })
		.then((rows) => draw_links(frm, dialog, link, rows));
}

function draw_links(frm, dialog, link, rows) {
	const safe = (text) => frappe.utils.escape_html(text || "");
	const shown = link
		? `<div class="form-group"><label>${__("Copy it now: it is not shown again.")}</label>
			<div class="input-group"><input class="form-control new-link" readonly value="${safe(link)}">
			<button class="btn btn-default copy-link">${__("Copy")}</button></div></div>`
		: "";
	const table = rows.map((row) => link_row(row, safe)).join("");
	const none = `<p class="text-muted">${__("There are no links yet.")}</p>`;
	const $page = dialog.fields_dict.links.$wrapper.html(
		shown + (rows.length ? `<table class="table table-sm invoice-links"><tbody>${table}</tbody></table>` : none)
	);
	$page.find(".copy-link").on("click", () => frappe.utils.copy_to_clipboard(link));
	$page.find("[data-revoke]").on("click", (event) =>
		frappe
			.xcall("paygent_billing.api.links.revoke", { link: event.currentTarget.dataset.revoke })
			.then(() => load_links(frm, dialog, ""))
	);
}

function link_row(row, safe) {
	const user_date = (value) => safe(frappe.datetime.str_to_user(value));
	const is_over = row.expires_at < frappe.datetime.now_datetime();
	const state = row.revoked_at
		? __("Revoked {0}", [user_date(row.revoked_at)])
		: is_over
			? __("Expired")
			: __("Until {0}", [user_date(row.expires_at)]);
	const seen = row.first_seen ? __("Opened {0}", [user_date(row.first_seen)]) : __("Not opened yet");
	const button =
		row.revoked_at || is_over
			? ""
			: `<button class="btn btn-xs btn-danger" data-revoke="${safe(row.name)}">${__("Revoke")}</button>`;
	return `<tr><td>${safe(__(row.origin))}<div class="text-muted small">${user_date(row.creation)}</div></td>
		<td>${state}<div class="text-muted small">${seen}</div></td><td class="text-right">${button}</td></tr>`;
}
