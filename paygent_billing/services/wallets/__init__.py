"""Prepaid wallets: lots, entries and balances."""
