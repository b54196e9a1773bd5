// The bytes for a thermal printer as a file, for the program or browser extension that talks to the printer.
for (const doctype of ["Sales Invoice", "Billing Receipt"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || (doctype === "Sales Invoice" && !frm.doc.docstatus)) return;
			for (const width of [58, 80]) {
				const label = __("Slip {0} mm (ESC/POS)", [width]);
				frm.add_custom_button(label, () => download_slip(frm, width), __("Customer"));
			}
		},
	});
}

function download_slip(frm, width) {
	frappe
		.xcall("paygent_billing.api.links.slip", { doctype: frm.doctype, name: frm.doc.name, width })
		.then(({ filename, content }) => {
			const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
			const link = document.createElement("a");
			link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
			link.download = filename;
			link.click();
			URL.revokeObjectURL(link.href);
		});
}
