import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists
from frappe.utils import flt

GUARDED = ("available", "pending")


class PrepaidWallet(Document):
	"""A customer's prepaid credits in one currency. Its balances follow from its Wallet Entries."""

	def autoname(self) -> None:
		"""A customer may bear the name that another one had when its wallet was made."""
		self.name = append_number_if_name_exists(self.doctype, f"{self.customer} {self.currency}")

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if any(flt(self.get(field)) != flt(before.get(field) if before else 0) for field in GUARDED):
			frappe.throw(_("A wallet's balance follows from its entries and cannot be set by hand."))
		if flt(self.credit_value) <= 0:
			frappe.throw(_("The value of one credit must be more than 0."))

	def on_trash(self) -> None:
		if frappe.db.exists("Wallet Entry", {"wallet": self.name}):
			frappe.throw(_("A wallet with entries cannot be deleted."))


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Prepaid Wallet", ["customer", "currency"], constraint_name="one_wallet_per_currency"
	)
