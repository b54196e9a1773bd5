import re

import frappe
from frappe import _
from frappe.model.document import Document

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
FOOTER_LINES = 4


class InvoiceTemplate(Document):
	"""How an invoice looks: logo, font, colours, and the words that are the same on each. All text is plain."""

	def validate(self) -> None:
		for fieldname in ("accent_color", "text_color"):
			if self.get(fieldname) and not COLOR.fullmatch(self.get(fieldname)):
				frappe.throw(_("{0} must be written like #1d4ed8.").format(_(self.meta.get_label(fieldname))))
		if len((self.footer or "").strip().splitlines()) > FOOTER_LINES:
			frappe.throw(_("The footer has room for {0} lines.").format(FOOTER_LINES))
