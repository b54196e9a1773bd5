"""What becomes of an invoice: payment, printing."""
