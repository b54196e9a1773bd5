"""Billing Orders: their terms, and the actions that change them."""
