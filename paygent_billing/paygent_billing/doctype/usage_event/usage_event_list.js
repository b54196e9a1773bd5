frappe.listview_settings["Usage Event"] = {
	hide_name_column: true,
	add_fields: ["standing", "is_void", "billing_period", "refused_because"],

	onload(list) {
		if (!frappe.model.can_create("Usage Event")) return;
		list.page.add_inner_button(__("Import"), () => upload_usage());
		frappe.realtime.on("usage_import_progress", (state) => show_progress(list, state));
		frappe.realtime.on("usage_imported", (done) => {
			list.page.main.find(".usage-import").remove();
			list.refresh();
			frappe.msgprint({
				title: __("Usage imported"),
				message: [
					frappe.utils.escape_html(done.message),
					done.report
						? `<a href="${encodeURI(done.report)}">${__("Report of what was not taken")}</a>`
						: "",
				].join("<br>"),
			});
		});
	},

	get_indicator(event) {
		if (event.refused_because) return [__("Refused"), "red", "refused_because,is,set"];
		if (event.is_void) return [__("Void"), "gray", "is_void,=,1"];
		if (!event.standing) return [__("Corrected"), "gray", "standing,=,0"];
		if (event.billing_period) return [__("Billed"), "green", "billing_period,is,set"];
		return [__("Not billed yet"), "orange", "billing_period,is,not set"];
	},
};

// In the page, not in a dialog: an import may take long, and the desk goes on meanwhile.
function show_progress(list, { file, percent }) {
	let bar = list.page.main.find(".usage-import");
	if (!bar.length) {
		bar = $(`<div class="usage-import p-3">
			<div class="small text-muted mb-1"></div>
			<div class="progress"><div class="progress-bar" role="progressbar"></div></div>
		</div>`).prependTo(list.page.main);
	}
	bar.find(".small").text(__("Importing {0}: {1} %", [file, percent]));
	bar.find(".progress-bar").css("width", `${percent}%`).attr("aria-valuenow", percent);
}

function upload_usage() {
	new frappe.ui.FileUploader({
		folder: "Home",
		make_attachments_public: false,
		allow_multiple: false,
		restrictions: { allowed_file_types: [".csv", ".jsonl", ".ndjson"] },
		on_success(file) {
			frappe
				.call("paygent_billing.api.usage.import_file", { file: file.name })
				.then(() => frappe.show_alert(__("The import runs. You are told when it is done.")));
		},
	});
}
