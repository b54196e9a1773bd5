from frappe.model.document import Document

from paygent_billing.services.service_orders.sales_order import refuse_service_order_by_hand


def validate(sales_order: Document, method: str | None = None) -> None:
	"""Only the billing makes service orders."""
	refuse_service_order_by_hand(sales_order)
