"""The billing run: due orders become Sales Invoices, each period once."""
