"""Billing Events on their way to those who subscribed: each once, in order, until it arrives."""
