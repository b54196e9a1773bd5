"""What a customer owes, for a period: every invoice and payment with the balance after it."""
