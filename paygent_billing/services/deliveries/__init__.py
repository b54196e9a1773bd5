"""Invoices by e-mail: asked for, queued, followed until they are sent, and sent again when they are lost."""
