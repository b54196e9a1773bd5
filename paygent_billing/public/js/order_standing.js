// Where an order stands, in one line at the top of its form.

frappe.provide("paygent_billing.order");

paygent_billing.order.show_standing = function (frm) {
	const [text, color] = standing(frm.doc);
	if (text) frm.dashboard.set_headline(text, color);
};

function standing(order) {
	if (order.needs_approval) {
		return [
			__("A long backlog waits for your approval. Look at the next invoice, then choose Change > Approve backlog."),
			"orange",
		];
	}
	if (order.last_error) return [problem(order), "red"];
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
