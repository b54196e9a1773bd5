// Where an order stands, in one line at the top of its form.

frappe.provide("paygent_billing.order");

paygent_billing.order.show_standing = function (frm) {
	const [text, color] = standing(frm.doc);
	if (text) frm.dashboard.set_headline(text, color);
	if (frm.doc.next_service_ms && frm.doc.next_service_ms <= Date.now()) show_missed_service_orders(frm);
};

function show_missed_service_orders(frm) {
	frappe.xcall("paygent_billing.api.orders.service_orders", { order: frm.doc.name }).then((standing) => {
		if (frm.doc.name === standing.order && standing.missed.length) frm.set_intro(missed(standing), "orange");
	});
}

function missed({ missed, failed_payments, error }) {
	const safe = frappe.utils.escape_html;
	const day = frappe.datetime.str_to_user;
	const since = __("No service order is made from {0} on", [day(missed[0].from).bold()]);
	if (failed_payments.length) {
		const invoices = failed_payments
			.map(({ invoice, failed_on, reason }) => {
				const link = frappe.utils.get_form_link("Sales Invoice", invoice, true, safe(invoice));
				return `${link} (${day(failed_on)}: ${safe(reason)})`;
			})
			.join(", ");
		return __("{0}: a payment of the customer failed. They are made once it is settled: {1}", [since, invoices]);
	}
	if (error) return __("{0}: {1}", [since, safe(error)]);
	return __("{0} yet. The next run makes them.", [since]);
}

function standing(order) {
	if (order.needs_approval) {
		return [
			__("A long backlog waits for your approval. Look at the next invoice, then choose Change > Approve backlog."),
			"orange",
		];
	}
	if (order.last_error) return [problem(order), "red"];
	if (order.first_invoice_by_hand && !order.invoice_anchor && !["Draft", "Cancelled"].includes(order.status)) {
		return [__("Nothing is billed until you make the first invoice by hand: choose Make first invoice."), "orange"];
	}
	const date = order.next_billing_date && frappe.datetime.str_to_user(order.next_billing_date).bold();
	switch (order.status) {
		case "Draft":
			return [__("A draft bills nothing. It is billed from its start once you choose Actions > Activate."), "blue"];
		case "Paused":
			return [date ? __("Paused. Its last invoice comes on {0}.", [date]) : __("Paused: nothing is billed."), "orange"];
		case "Active":
			return date ? [__("Next invoice on {0}", [date]), "green"] : [];
		case "Ended":
			return [date ? __("Ended. The closing invoice comes on {0}.", [date]) : __("Ended and billed."), "gray"];
	}
	return [];
}

function problem(order) {
	const reason = frappe.utils.escape_html(order.last_error);
	const attempts =
		order.failed_attempts > 1 ? __("Tried {0} times.", [order.failed_attempts]) : __("Tried once.");
	return `<b>${__("This order could not be billed:")}</b> ${reason}<br>${attempts}
		${__("Mend the cause, then choose Bill now, or leave it to the next run: all that was missed is billed.")}`;
}
