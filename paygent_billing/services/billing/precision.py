"""ERPNext rounds every currency to the site's decimals; an invoice in yen must be rounded to whole yen."""

from __future__ import annotations

from frappe.model.document import Document

from paygent_billing.services.numbers import site_decimals


def use_currency_decimals(invoice: Document, decimals: int) -> None:
	"""Makes the document and its rows round amounts in the invoice's currency to that many decimals."""
	if decimals == site_decimals():
		return
	for row in [invoice, *invoice.items, *invoice.taxes]:
		known = row.__dict__.setdefault("_precision", {})
		for key in ("main", "items", "taxes"):
			known.setdefault(key, {}).update(
				_decimals_of_fields(invoice, row if key == "main" else key, decimals)
			)


def _decimals_of_fields(invoice: Document, where: Document | str, decimals: int) -> dict[str, int]:
	"""The precision of each amount that is in the invoice's own currency, not in the company's."""
	meta = (
		where.meta
		if isinstance(where, Document)
		else getattr(invoice, where)[0].meta
		if getattr(invoice, where)
		else None
	)
	fields = meta.get("fields", {"fieldtype": "Currency", "options": "currency"}) if meta else []
	return {field.fieldname: decimals for field in fields if not field.precision}
