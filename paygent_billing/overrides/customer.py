import frappe
from frappe import _
from frappe.model.document import Document


def before_rename(customer: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Two wallets in one currency do not become one: each proves its own entries."""
	if not merge:
		return
	both = sorted(_currencies(old) & _currencies(new))
	if both:
		frappe.throw(
			_("{0} and {1} both have prepaid credits in {2}: they cannot be merged.").format(
				old, new, ", ".join(both)
			)
		)


def _currencies(customer: str) -> set[str]:
	return set(frappe.get_all("Prepaid Wallet", filters={"customer": customer}, pluck="currency"))
