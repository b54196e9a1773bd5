"""Billing for AI agents on ERPNext."""

__version__ = "0.1.0"
