"""Receipts and invoices on a roll of paper: as HTML, and as the bytes that a thermal printer takes."""
