from paygent_billing.services.ledger_rows import AppendOnly


class BillingReceipt(AppendOnly):
	"""Proof that an invoice was paid in full: its own number, and a snapshot that nothing changes any more.

	`snapshot` is JSON. Amounts are texts in the currency's decimals, dates YYYY-MM-DD, quantities without
	trailing zeros; what is unknown is an empty text:

	{
	    "seller": {"name", "address", "tax_id"},
	    "customer": {"name", "address", "tax_id"},
	    "invoice": {"name", "date", "due_date", "currency", "contract_id"},
	    "lines": [{"description", "period", "quantity", "unit_price", "amount"}],
	    "totals": {"subtotal", "discount", "taxes": [{"name", "rate", "amount"}], "total"},
	    "payments": [{"date", "mode", "reference", "amount"}]
	}

	`address` and `description` are plain text, lines separated by a line break: escape them like all other text.
	`period` is what is printed ("Jan 1 – 31, 2026"), in the language of whoever booked the payment. The payments, oldest first, add up to the total.
	`sales_invoice`, `customer` and the other links follow renames; the snapshot does not.
	"""
