import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists
from frappe.utils import flt

from paygent_billing.services.wallets.checks import check_settings

GUARDED_AMOUNTS = (
	"available",
	"pending",
	"overage_used",
	"entry_count",
	"alerted_share",
	"is_low",
	"is_depleted",
	"alerted_overage",
)
GUARDED_TEXTS = ("proof", "top_up_error")


class PrepaidWallet(Document):
	"""A customer's prepaid credits in one currency. Its balances follow from its Wallet Entries."""

	def autoname(self) -> None:
		"""A customer may bear the name that another one had when its wallet was made."""
		self.name = append_number_if_name_exists(self.doctype, f"{self.customer} {self.currency}")

	def validate(self) -> None:
		self._refuse_changes_by_hand()
		check_settings(self)

	def _refuse_changes_by_hand(self) -> None:
		before = self.get_doc_before_save() or frappe._dict()
		amounts = any(flt(self.get(field)) != flt(before.get(field)) for field in GUARDED_AMOUNTS)
		texts = any((self.get(field) or "") != (before.get(field) or "") for field in GUARDED_TEXTS)
		if amounts or texts:
			frappe.throw(_("A wallet's balance follows from its entries and cannot be set by hand."))

	def before_rename(self, *args: object) -> None:
		frappe.throw(_("A wallet is named after its customer and currency and cannot be renamed."))

	def on_trash(self) -> None:
		if frappe.db.exists("Wallet Entry", {"wallet": self.name}):
			frappe.throw(_("A wallet with entries cannot be deleted."))


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Prepaid Wallet", ["customer", "currency"], constraint_name="one_wallet_per_currency"
	)
