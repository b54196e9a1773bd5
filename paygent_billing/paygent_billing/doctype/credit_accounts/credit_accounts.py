import frappe
from frappe import _
from frappe.model.document import Document

ROOTS = {"liability_account": "Liability", "promotion_account": None, "breakage_account": "Income"}


class CreditAccounts(Document):
	"""Where a company keeps prepaid credits in one currency. Fixed once something is posted to the liability."""

	def validate(self) -> None:
		for field, root in ROOTS.items():
			self._check(field, root)
		own = frappe.db.get_value("Account", self.liability_account, "account_currency")
		if own != self.currency:
			frappe.throw(
				_("The liability account must be kept in {0}, and {1} is in {2}.").format(
					self.currency, self.liability_account, own
				)
			)
		before = self.get_doc_before_save()
		if (
			before
			and before.liability_account != self.liability_account
			and _is_used(before.liability_account)
		):
			frappe.throw(
				_("{0} holds credits already: the liability account stays.").format(before.liability_account)
			)

	def _check(self, field: str, root: str | None) -> None:
		account = frappe.db.get_value(
			"Account", self.get(field), ["company", "root_type", "is_group"], as_dict=True
		)
		label = self.meta.get_label(field)
		if account.company != self.company or account.is_group:
			frappe.throw(_("{0}: choose an account of {1} that is no group.").format(_(label), self.company))
		if root and account.root_type != root:
			frappe.throw(_("{0}: {1} is no account of type {2}.").format(_(label), self.get(field), _(root)))

	def on_trash(self) -> None:
		if _is_used(self.liability_account):
			frappe.throw(_("{0} holds credits: its accounts stay.").format(self.liability_account))


def _is_used(account: str) -> bool:
	return bool(frappe.db.exists("GL Entry", {"account": account, "is_cancelled": 0}))
