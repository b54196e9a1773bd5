// Slips for thermal printers: as bytes for the program that talks to the printer, or as a PDF for its driver.
for (const doctype of ["Sales Invoice", "Billing Receipt"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || (doctype === "Sales Invoice" && !frm.doc.docstatus)) return;
			for (const width of [58, 80]) {
				const add = (label, method) =>
					frm.add_custom_button(label, () => download_slip(frm, method, width), __("Customer"));
				add(__("Slip {0} mm (ESC/POS)", [width]), "slip");
				add(__("Slip {0} mm (PDF)", [width]), "slip_pdf");
			}
		},
	});
}

function download_slip(frm, method, width) {
	frappe
		.xcall(`paygent_billing.api.links.${method}`, { doctype: frm.doctype, name: frm.doc.name, width })
		.then(({ filename, content }) => {
			const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
			const link = document.createElement("a");
			link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
			link.download = filename;
			link.click();
			URL.revokeObjectURL(link.href);
		});
}
