frappe.listview_settings["Invoice Link"] = {
	hide_name_column: true,
	add_fields: ["revoked_at", "expires_at"],

	get_indicator(row) {
		if (row.revoked_at) return [__("Revoked"), "red", "revoked_at,is,set"];
		const is_over = row.expires_at < frappe.datetime.now_datetime();
		return is_over ? [__("Expired"), "gray", "expires_at,<,now"] : [__("Open"), "green", "revoked_at,is,not set"];
	},
};
