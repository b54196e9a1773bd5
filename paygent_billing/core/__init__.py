"""The rules of billing: pure functions on frozen values. No clock, no database, no settings."""
