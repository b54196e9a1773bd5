// What the order's next invoice would hold, in a dialog.

frappe.provide("paygent_billing.order");

paygent_billing.order.show_next_invoice = function (frm) {
	if (frm.is_dirty()) frappe.throw(__("Save the order first: the preview shows what is saved."));
	frappe
		.call({ method: "paygent_billing.api.orders.preview", args: { order: frm.doc.name }, freeze: true })
		.then(({ message }) => {
			const dialog = new frappe.ui.Dialog({
				title: message.invoice_date
					? __("Next invoice: {0}", [frappe.datetime.str_to_user(message.invoice_date)])
					: __("Next invoice"),
				size: "large",
				fields: [{ fieldname: "invoice", fieldtype: "HTML" }],
			});
			dialog.fields_dict.invoice.$wrapper.addClass("next-invoice").html(page_of(message));
			dialog.show();
		});
};

const safe = (text) => frappe.utils.escape_html(text || "");
const day = (text) => frappe.datetime.str_to_user(text);
const money = (amount, currency) => safe(format_currency(amount, currency));

function page_of(invoice) {
	if (!invoice.billing_date) {
		return `<p class="text-muted">${__("Nothing more of this order is to be billed as it stands.")}</p>`;
	}
	if (!invoice.lines.length) {
		return `<p class="text-muted">${__("There is nothing to bill on this date so far.")}</p>${note(invoice)}`;
	}
	return `<table class="table table-sm">
		<thead><tr>
			<th>${__("For")}</th><th>${__("Computed as")}</th><th class="text-right">${__("Amount")}</th>
		</tr></thead>
		<tbody>${invoice.lines.map((line) => row(line, invoice.currency)).join("")}</tbody>
		<tfoot>${totals(invoice)}</tfoot>
	</table>${note(invoice)}`;
}

function row(line, currency) {
	const days = line.service_from ? `${day(line.service_from)} – ${day(line.service_to)}` : "";
	const used = line.included ? __("{0} used, {1} of them included", [line.quantity, line.included]) : "";
	const what = [line.agent, days, used].filter(Boolean).map(safe).join(" · ");
	return `<tr>
		<td>${safe(line.title)}<div class="text-muted small">${what}</div></td>
		<td class="text-muted small align-middle">${line.explain === line.title ? "" : safe(line.explain)}</td>
		<td class="text-right align-middle">${money(line.amount, currency)}</td>
	</tr>`;
}

function totals(invoice) {
	const line = (label, amount, weight = "") =>
		`<tr class="${weight}"><td colspan="2" class="text-right">${label}</td>
		<td class="text-right">${money(amount, invoice.currency)}</td></tr>`;
	const discount = Number(invoice.discount)
		? line(__("Subtotal"), invoice.subtotal) + line(__("Discount"), `-${invoice.discount}`)
		: "";
	return discount + line(__("Total before tax"), invoice.total_before_tax, "font-weight-bold");
}

function note(invoice) {
	const words = [];
	if (invoice.is_made_by_hand) words.push(__("It is the first one, and waits until you make it by hand."));
	else if (invoice.is_due) words.push(__("It is due and is made by the next billing run."));
	else words.push(__("With the usage so far; what comes until then is added."));
	if (invoice.lines.length && !invoice.is_issued) {
		words.push(__("All its lines are zero, so no invoice is issued."));
	}
	if (Number(invoice.carried)) {
		words.push(__("{0} are carried to the invoice after it.", [money(invoice.carried, invoice.currency)]));
	}
	return `<p class="text-muted small">${words.join(" ")}</p>`;
}
